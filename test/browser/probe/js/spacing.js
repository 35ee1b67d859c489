// Applies the text spacing of WCAG 1.4.12 and finds text that it cuts off.
async () => {
  const frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const cut = () => new Set([...document.body.querySelectorAll('*')].filter(el => ownText(el) && seen(el)).map(el => {
    for (let e = el; e && e !== document.body; e = e.parentElement) {
      const s = getComputedStyle(e);
      const x = /hidden|clip/.test(s.overflowX) && e.scrollWidth > e.clientWidth + 1;
      const y = /hidden|clip/.test(s.overflowY) && e.scrollHeight > e.clientHeight + 1;
      if (s.display !== 'inline' && (x || y)) return e;
      if (/auto|scroll/.test(s.overflowX + s.overflowY)) return null;
    }
    return null;
  }).filter(Boolean));
  const before = cut(), sheets = document.adoptedStyleSheets, spaced = new CSSStyleSheet();
  spaced.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }');
  document.adoptedStyleSheets = [...sheets, spaced];
  await frame();
  const found = [...cut()].filter(el => !before.has(el)).map(path);
  document.adoptedStyleSheets = sheets;
  await frame();
  return found;
}
