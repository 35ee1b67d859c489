// The search box offers addresses while one types (ARIA combobox pattern).
// Without this file the form goes to the search page.

interface Hit { title: string; href: string; kind?: string }

const delay = 150; // ms of quiet before asking

/** Makes form[data-suggest=URL] a combobox fed by URL?q=…, which answers {"items": Hit[]}. */
export function suggest(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>("input[type=search]");
  const url = form.dataset.suggest;
  if (!input || !url) return;
  const list = listbox(form, input);
  let timer = 0;
  let asked = 0;
  let active = -1;

  const options = (): HTMLElement[] => [...list.children] as HTMLElement[];
  const close = (): void => { list.hidden = true; active = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const mark = (index: number): void => {
    const all = options();
    active = (index + all.length) % all.length;
    all.forEach((o, i) => o.setAttribute("aria-selected", String(i === active)));
    input.setAttribute("aria-activedescendant", all[active].id);
  };
  const ask = async (): Promise<void> => {
    const mine = ++asked; // a slow answer never replaces a newer one
    const q = input.value.trim();
    if (q.length < 2) return close();
    const hits = await fetchHits(url, q);
    if (mine !== asked || document.activeElement !== input) return;
    list.replaceChildren(...hits.map((hit, i) => option(hit, `${list.id}-${i}`)));
    active = -1;
    list.hidden = hits.length === 0;
    input.setAttribute("aria-expanded", String(hits.length > 0));
  };

  input.addEventListener("input", () => { clearTimeout(timer); timer = window.setTimeout(ask, delay); });
  input.addEventListener("blur", () => { clearTimeout(timer); close(); });
  input.addEventListener("keydown", (e) => {
    if (list.hidden) return;
    if (e.key === "ArrowDown") mark(active + 1);
    else if (e.key === "ArrowUp") mark(active < 0 ? -1 : active - 1);
    else if (e.key === "Escape") close();
    else return;
    e.preventDefault();
  });
  // Enter on an option goes there; Enter on the text searches, as without script.
  form.addEventListener("submit", (e) => {
    const hit = list.hidden ? undefined : options()[active];
    if (hit) { e.preventDefault(); location.assign(hit.dataset.href ?? ""); }
  });
  list.addEventListener("pointerdown", (e) => {
    const hit = (e.target as Element).closest<HTMLElement>("[data-href]");
    if (hit) { e.preventDefault(); location.assign(hit.dataset.href ?? ""); }
  });
}

function listbox(form: HTMLFormElement, input: HTMLInputElement): HTMLUListElement {
  const list = document.createElement("ul");
  list.id = input.id + "-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels?.[0]?.textContent ?? "");
  list.hidden = true;
  form.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  input.autocomplete = "off";
  return list;
}

/** Failure is silence: the box remains a plain search form. */
async function fetchHits(url: string, q: string): Promise<Hit[]> {
  try {
    const answer = await fetch(`${url}?limit=8&q=${encodeURIComponent(q)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return [];
    return ((await answer.json()).items ?? []).slice(0, 8);
  } catch {
    return [];
  }
}

function option(hit: Hit, id: string): HTMLLIElement {
  const item = document.createElement("li");
  item.id = id;
  item.dataset.href = hit.href;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.textContent = hit.title;
  if (hit.kind) {
    const kind = document.createElement("small");
    kind.textContent = hit.kind;
    item.append(kind);
  }
  return item;
}
