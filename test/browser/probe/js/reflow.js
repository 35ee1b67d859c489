// Finds what sticks out of a window of the given width.
async width => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const exempt = el => el.closest('.table-scroll, [aria-hidden=true]');
  const out = [...document.body.querySelectorAll('*')].filter(el => {
    if (exempt(el) || !seen(el) || el.closest('svg') && el.tagName !== 'svg') return false;
    const r = el.getBoundingClientRect();
    return r.right > width + 1 || r.left < -1;
  });
  const deepest = out.filter(el => !out.some(o => o !== el && el.contains(o)));
  return { wide: document.scrollingElement.scrollWidth, out: deepest.slice(0, 5).map(el => `${path(el)} (to ${Math.round(el.getBoundingClientRect().right)} px)`) };
}
