// Tells where the focus is, once the handlers of the page have had their say.
async () => {
  await new Promise(done => setTimeout(done, 10));
  const { stops, look, before } = __probe, el = document.activeElement;
  if (!el || el === document.body || el === document.documentElement) return { index: -1 };
  let index = stops.indexOf(el);
  if (index < 0) index = stops.push(el) - 1; // a scroll container, a frame
  const r = el.getBoundingClientRect();
  const inset = Math.min(3, r.width / 4), drop = Math.min(3, r.height / 4);
  const root = hit => hit === document.body || hit === document.documentElement; // what lies above may be generated content
  const related = hit => hit && (el.contains(hit) || hit.contains(el) && !root(hit) || [...(el.labels || [])].some(l => l.contains(hit)));
  const shows = [...el.getClientRects()].some(q => [[.5, .5], [0, 0], [1, 0], [0, 1], [1, 1]].some(([x, y]) =>
    related(document.elementFromPoint(q.left + inset + x * (q.width - 2 * inset), q.top + drop + y * (q.height - 2 * drop)))));
  return {
    index, where: path(el),
    marked: !before.has(el) || look(el) !== before.get(el),
    hidden: !shows || !seen(el) && !(el.labels && [...el.labels].some(seen)),
    skip: el.tagName === 'A' && (el.getAttribute('href') || '').startsWith('#') ? el.hash.slice(1) : '',
    inMain: !!el.closest('main, [role=main]'),
    inner: el.matches('input:is([type=date], [type=datetime-local], [type=month], [type=week], [type=time])'),
  };
}
