document.documentElement.dataset.enhanced = 'yes';
