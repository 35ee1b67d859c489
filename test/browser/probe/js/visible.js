selector => [...document.querySelectorAll(selector)].some(seen)
