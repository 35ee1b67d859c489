// Enhancement only: every page works without this file, but for passkeys.
import "./htmx.ts";
import { suggest } from "./suggest.ts";
import { shortcuts } from "./shortcuts.ts";
import { passkey } from "./passkey.ts";

document.documentElement.classList.add("js");

/** The summary that took the focus: on a whole page by its autofocus attribute. */
let announced = document.querySelector(".ds-error-summary");

/** A form swapped in with errors is announced, once, by focusing its summary. */
function focusErrors(): void {
  const summary = document.querySelector<HTMLElement>(".ds-error-summary");
  if (summary !== announced) summary?.focus();
  announced = summary;
}

/** One listener serves every button, those swapped in later included. */
function onClick(event: Event): void {
  const target = event.target as Element;
  if (target.closest("[data-print]")) window.print();
  const copier = target.closest<HTMLElement>("[data-copy]");
  if (copier) void copy(copier);
}

/** Copies the text and says so in the button itself, which is a live region. */
async function copy(button: HTMLElement): Promise<void> {
  const before = button.textContent;
  await navigator.clipboard.writeText(button.dataset.copy ?? "");
  button.textContent = button.dataset.copied ?? before;
  setTimeout(() => { button.textContent = before; }, 2000);
}

/** A table that fits needs no tab stop; one that scrolls keeps its own. */
const fits = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

function watchTables(): void {
  document.querySelectorAll(".table-scroll").forEach((t) => fits.observe(t));
}

document.addEventListener("click", onClick);
document.addEventListener("htmx:after:swap", () => { focusErrors(); watchTables(); });
watchTables();
document.querySelectorAll<HTMLFormElement>("form[data-suggest]").forEach(suggest);
document.querySelectorAll<HTMLFormElement>("form[data-passkey]").forEach(passkey);
shortcuts();
