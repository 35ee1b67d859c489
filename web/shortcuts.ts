// Keyboard shortcuts of staff pages. A page that has them carries
// <dialog id="shortcuts">; links and fields name their key in data-key.
// One may switch them off (WCAG 2.2, 2.1.4), and the choice is remembered.

const off = "shortcuts-off";

/** Listens for "?" and for the keys of the page; does nothing on pages without the dialog. */
export function shortcuts(): void {
  const dialog = document.querySelector<HTMLDialogElement>("dialog#shortcuts");
  if (!dialog) return;
  const enabled = dialog.querySelector<HTMLInputElement>("input[data-shortcuts-on]");
  if (enabled) {
    enabled.checked = localStorage.getItem(off) === null;
    enabled.addEventListener("change", () => {
      if (enabled.checked) localStorage.removeItem(off);
      else localStorage.setItem(off, "1");
    });
  }
  document.querySelectorAll("[data-shortcuts-open]").forEach((b) => b.addEventListener("click", () => dialog.showModal()));
  document.addEventListener("keydown", (event) => {
    if (!listening(event)) return;
    if (event.key === "?") { event.preventDefault(); dialog.showModal(); return; }
    const target = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("a, button")) target.click();
    else target.focus();
  });
}

/** Typing, chords and an open dialog keep their keys. */
function listening(event: KeyboardEvent): boolean {
  const at = event.target as HTMLElement;
  return !event.ctrlKey && !event.metaKey && !event.altKey
    && localStorage.getItem(off) === null
    && !at.closest("input, textarea, select, [contenteditable], dialog[open]");
}
