// Whether a key is meant for a part of the page, and not for a field, a menu or the browser.
const BUSY = "input:not([type=range]), textarea, select, .q-menu, .q-dialog, .palette, .ticket, [role=listbox]";
const SLIDES = /^(Arrow|Page|Home|End)/; // what a slider does with keys by itself

export function free(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  const at = event.target;
  if (at.closest?.(BUSY) || (SLIDES.test(event.key) && at.closest?.("input"))) return false;
  return !(event.key === " " && at.closest?.("button, a, [role=tab]"));
}
