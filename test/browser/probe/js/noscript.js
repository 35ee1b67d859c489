// Counts what a page offers to somebody without scripts.
() => ({
  main: clean([...document.querySelectorAll('main, [role=main]')].filter(seen).map(el => el.innerText).join(' ')).length,
  links: [...document.querySelectorAll('nav a[href]')].filter(rendered).length,
  forms: [...document.forms].filter(seen).map(f => ({ where: path(f), action: f.getAttribute('action') || '',
    submits: [...f.elements].some(e => rendered(e) && /^(submit|image)$/.test(e.type)) })),
})
