// Whether a key is meant for a part of the page, and not for a field, a menu or the browser.
const BUSY = "input, textarea, select, .q-menu, .q-dialog, .palette, [role=listbox]";

export function free(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  const at = event.target;
  return !at.closest?.(BUSY) && !(event.key === " " && at.closest?.("button, a, [role=tab]"));
}
