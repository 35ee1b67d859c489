// Measures what can be pressed, label included, in CSS pixels. Links within a
// sentence are exempt (WCAG 2.5.8), and so is what shows up on focus only.
() => {
  const block = el => {
    let e = el.parentElement;
    while (e && getComputedStyle(e).display.startsWith('inline')) e = e.parentElement;
    return e || document.body;
  };
  const inSentence = el => {
    if (el.tagName !== 'A' || getComputedStyle(el).display !== 'inline') return false;
    const sentence = block(el), walk = document.createTreeWalker(sentence, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const n = walk.currentNode, parent = n.parentElement;
      if (/[\p{L}\p{N}]/u.test(n.data) && !parent.closest('a, button') && (parent === sentence || block(parent) === sentence)) return true;
    }
    return false;
  };
  const size = el => {
    const boxes = [el, ...(el.labels || [])].filter(seen).map(e => e.getBoundingClientRect());
    if (boxes.length === 0) return null;
    const left = Math.min(...boxes.map(b => b.left)), right = Math.max(...boxes.map(b => b.right));
    const top = Math.min(...boxes.map(b => b.top)), bottom = Math.max(...boxes.map(b => b.bottom));
    return { width: right - left, height: bottom - top };
  };
  return [...document.querySelectorAll(controls + ', [role=button], [role=link], [role=tab], [role=menuitem], [onclick]')]
    .filter(el => rendered(el) && !el.matches(':disabled') && !inSentence(el))
    .map(el => ({ where: path(el), ...size(el) })).filter(s => s.width !== undefined);
}
