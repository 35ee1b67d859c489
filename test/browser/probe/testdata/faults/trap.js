const field = document.getElementById('trap');
field.addEventListener('blur', () => { if (!field.value) setTimeout(() => field.focus()) });
