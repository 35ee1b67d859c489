// What the scripts of the probes share. Each runs as the body of a function
// of its own, so nothing here is seen by the page.

// path names an element for a person: the nearest id, then tags, then the text.
function path(el) {
  const steps = [];
  for (let e = el; e && e !== document.body && e.nodeType === 1; e = e.parentElement) {
    if (e.id) { steps.unshift('#' + e.id); break; }
    const same = e.parentElement ? [...e.parentElement.children].filter(x => x.tagName === e.tagName) : [e];
    const nth = same.length > 1 ? `:nth-of-type(${same.indexOf(e) + 1})` : '';
    steps.unshift(e.tagName.toLowerCase() + nth);
  }
  const text = clean(el.innerText ?? el.textContent) || clean(el.getAttribute('aria-label') || el.getAttribute('alt') || el.name || '');
  return (steps.join(' > ') || el.tagName.toLowerCase()) + (text ? ` “${text.slice(0, 40)}”` : '');
}

function clean(text) { return (text || '').replace(/\s+/g, ' ').trim(); }

// rendered: takes part in the page, be it off screen.
function rendered(el) {
  return el.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) && el.getClientRects().length > 0;
}

// seen: rendered, and not one of the ways to hide from the eye alone.
function seen(el) {
  if (!rendered(el)) return false;
  const r = el.getBoundingClientRect();
  if (r.width <= 1 || r.height <= 1 || r.right + scrollX <= 0 || r.bottom + scrollY <= 0) return false;
  for (let e = el; e; e = e.parentElement) {
    const s = getComputedStyle(e);
    if (s.clip === 'rect(0px, 0px, 0px, 0px)' || s.clipPath === 'inset(50%)' || s.clipPath === 'inset(100%)') return false;
    if (e !== el && s.overflow !== 'visible') {
      const box = e.getBoundingClientRect();
      if (box.width <= 1 && box.height <= 1) return false;
    }
  }
  return true;
}

// name approximates the accessible name: enough to compare links.
function name(el) {
  const ids = el.getAttribute('aria-labelledby');
  if (ids) return clean(ids.split(/\s+/).map(id => document.getElementById(id)?.textContent).join(' '));
  const label = el.getAttribute('aria-label');
  if (label) return clean(label);
  return clean(content(el)) || clean(el.title);
}

function content(node) {
  if (node.nodeType === 3) return node.data;
  if (node.nodeType !== 1 || node.getAttribute('aria-hidden') === 'true') return '';
  if (node instanceof SVGTitleElement) return node.textContent; // a name, though never drawn
  if (!node.checkVisibility()) return '';
  if (node.tagName === 'IMG') return node.alt;
  if (node instanceof SVGElement && node.hasAttribute('aria-label')) return node.getAttribute('aria-label');
  return [...node.childNodes].map(content).join(getComputedStyle(node).display === 'inline' ? '' : ' ');
}

// ownText: the text that stands in the element itself, not in a child.
function ownText(el) {
  return clean([...el.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join(' '));
}

const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [contenteditable=""], [contenteditable=true], audio[controls], video[controls]';

// rewind puts the point from which Tab departs before the first element.
function rewind() {
  const root = document.querySelector('dialog:modal') || document.body, had = root.getAttribute('tabindex');
  root.setAttribute('tabindex', '-1');
  root.focus({ preventScroll: true });
  if (had === null) root.removeAttribute('tabindex'); else root.setAttribute('tabindex', had);
  scrollTo(0, 0);
}
