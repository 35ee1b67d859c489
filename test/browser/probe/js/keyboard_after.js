// Tells whether the focus is now in the element of that id or behind it.
async id => {
  await new Promise(done => setTimeout(done, 20));
  const target = document.getElementById(decodeURIComponent(id)), el = document.activeElement;
  if (!target) return 'no element has this id';
  if (!el || el === document.body) return target.querySelector(controls) ? 'the focus is lost' : '';
  const place = target.compareDocumentPosition(el);
  const there = el === target || place & (Node.DOCUMENT_POSITION_CONTAINED_BY | Node.DOCUMENT_POSITION_FOLLOWING);
  return there ? '' : 'the next stop is before it: ' + path(el);
}
