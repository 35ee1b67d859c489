// Collects what the rules of names.go judge.
() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const lang = el => el.closest('[lang]')?.lang || '';
  const size = el => parseFloat(getComputedStyle(el).fontSize), bold = el => +getComputedStyle(el).fontWeight >= 600;
  const sole = el => el.children.length === 1 && !ownText(el) && /^(B|STRONG|SPAN|EM)$/.test(el.children[0].tagName) ? el.children[0] : el;
  const like = el => { // styled as a heading, used as one, yet none
    const text = clean(el.innerText), inner = sole(el);
    return text && text.length < 80 && /^\P{N}*\p{L}{2}/u.test(text) && !/[.!?:;,\d%€]\s*$/.test(text) && ownText(inner) &&
      bold(inner) && size(inner) >= 1.2 * size(document.body) && /^(P|UL|OL|TABLE|DL)$/.test(el.nextElementSibling?.tagName || '') &&
      !el.closest('h1,h2,h3,h4,h5,h6,[role=heading],button,a,label,th,dt,legend,figcaption,summary,header,figure');
  };
  const prose = n => { // code is in no language
    const copy = n.cloneNode(true);
    copy.querySelectorAll?.('code').forEach(c => c.remove());
    return copy.textContent;
  };
  const described = el => ((el.getAttribute('aria-describedby') || '') + ' ' + (el.getAttribute('aria-errormessage') || ''))
    .split(/\s+/).map(id => id && clean(document.getElementById(id)?.textContent)).join('');
  return {
    lang: document.documentElement.lang,
    title: clean(document.title),
    links: all('a[href]').filter(rendered).map(el => ({ where: path(el), name: name(el), row: clean(el.closest('tr')?.textContent), href: new URL(el.getAttribute('href'), document.baseURI).href })),
    images: all('img[alt], [role=img][aria-label], input[type=image][alt]').filter(rendered)
      .map(el => ({ where: path(el), alt: clean(el.getAttribute('alt') ?? el.getAttribute('aria-label')), src: el.getAttribute('src') || '' })),
    headings: all('h1,h2,h3,h4,h5,h6,[role=heading][aria-level]').filter(rendered)
      .map(el => ({ where: path(el), level: +(el.getAttribute('aria-level') || el.tagName.slice(1)) })),
    fakes: all('p, div').filter(el => seen(el) && like(el)).map(path),
    tables: all('table').filter(el => rendered(el) && !/^(presentation|none)$/.test(el.getAttribute('role') || ''))
      .map(el => ({ where: path(el), headers: el.querySelectorAll('th').length,
        unscoped: [...el.querySelectorAll('th:not([scope])')].filter(th => !(th.id && el.querySelector(`[headers~="${CSS.escape(th.id)}"]`))).map(path) })),
    untied: all('[aria-invalid=true]').filter(el => rendered(el) && !described(el)).map(path),
    unpastable: all('input, textarea').filter(el => rendered(el) && !el.matches(':disabled, :read-only') &&
      !el.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true }))).map(path),
    texts: all('p, li, h1, h2, h3, h4, h5, h6, dd, figcaption, td, legend, label, blockquote').filter(seen)
      .map(el => ({ where: path(el), lang: lang(el), text: clean([...el.childNodes].filter(n => n.nodeType === 3 || n.nodeType === 1 && !n.hasAttribute('lang') && getComputedStyle(n).display === 'inline').map(prose).join(' ')) })),
  };
}
