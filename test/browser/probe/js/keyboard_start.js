// Lists what the Tab key must reach, remembers how it looks without focus, and
// puts the starting point before the first element. most is how many stops of
// one list, table or drawing are walked; what lies between its ends is left out.
most => {
  const still = new CSSStyleSheet();
  still.replaceSync('*, ::before, ::after { transition: none !important; animation: none !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];

  const dialog = document.querySelector('dialog:modal'), scope = dialog || document; // the rest is inert
  const groups = new Map(); // of radio buttons: the keyboard stops at one of each
  const like = new Map(); // stops by the container whose template repeats them
  let stops = [...scope.querySelectorAll(controls)].filter(el => {
    if (el.tabIndex < 0 || el.matches(':disabled') || el.closest('[inert]') || !rendered(el)) return false;
    if (el.tagName === 'SUMMARY' && el !== el.parentElement.querySelector(':scope > summary')) return false;
    if (el.type !== 'radio' || !el.name) return true;
    const key = el.name + '/' + [...document.forms].indexOf(el.form);
    if (!groups.has(key)) groups.set(key, document.querySelector(`input[type=radio][name=${CSS.escape(el.name)}]:checked`) || el);
    return groups.get(key) === el;
  });

  if (most) {
    for (const el of stops) {
      const container = el.closest('svg, tbody, ul, ol');
      if (container) like.set(container, [...(like.get(container) || []), el]);
    }
    for (const [, list] of like)
      for (const el of list.slice(most / 2, -most / 2)) el.setAttribute('tabindex', '-1');
    stops = stops.filter(el => el.getAttribute('tabindex') !== '-1');
  }

  const properties = ['outlineStyle', 'outlineWidth', 'boxShadow', 'borderTopWidth', 'borderTopColor', 'borderTopStyle',
    'borderBottomWidth', 'borderBottomColor', 'borderBottomStyle', 'backgroundColor', 'backgroundImage', 'color',
    'textDecorationLine', 'textDecorationThickness', 'textDecorationColor', 'position', 'clip', 'clipPath', 'transform', 'top', 'left', 'opacity', 'filter',
    'stroke', 'strokeWidth', 'fill'];
  const style = (el, pseudo) => {
    const s = getComputedStyle(el, pseudo);
    return properties.map(p => s[p]).join('|') + (s.outlineStyle === 'none' ? '' : s.outlineColor);
  };
  const look = el => [el, el.parentElement, el.labels?.[0], el.nextElementSibling, el.querySelector(':scope > :not(title)')].filter(Boolean)
    .flatMap(e => [style(e), style(e, '::before'), style(e, '::after')]).join('\n');

  document.activeElement?.blur?.();
  const state = { stops, look, before: new Map(stops.map(el => [el, look(el)])) };
  Object.defineProperty(globalThis, '__probe', { value: state, configurable: true, enumerable: false });
  rewind();
  return {
    stops: stops.map(el => ({ where: path(el), tabindex: el.tabIndex })),
    clickOnly: [...scope.querySelectorAll('[onclick]')]
      .filter(el => rendered(el) && el.tabIndex < 0 && !el.closest('label') && !el.querySelector(controls)).map(path),
    main: !dialog && !!document.querySelector('main, [role=main]'),
  };
}
