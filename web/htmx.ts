// htmx stays out of pages that do not ask for it: it acts on data-hx-* only.
import "htmx.org/dist/htmx.esm.min.js";
