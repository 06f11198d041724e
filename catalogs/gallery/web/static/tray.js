// The compare tray: up to six designs, kept in this browser and the same in all its windows.
//
// A change is told by the event "toile:tray" on window.

const KEY = "toile.tray";
const ID = /^[0-9a-f]{32}$/;
export const MOST = 6;

/** Return the ids of the designs in the tray, the first one put in first. */
export function tray() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => ID.test(id)).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Put a design in, or take it out; return "in", "out", or "full" where there is no place for it. */
export function toggle(id) {
  const ids = tray();
  if (ids.includes(id)) {
    keep(ids.filter((one) => one !== id));
    return "out";
  }
  if (ids.length >= MOST) return "full";
  keep([...ids, id]);
  return "in";
}

/** Take everything out. */
export function clear() {
  keep([]);
}

/** Put these designs in, in this order, in place of what was there. */
export function keep(ids) {
  localStorage.setItem(KEY, JSON.stringify(ids.slice(0, MOST)));
  window.dispatchEvent(new Event("toile:tray"));
}

window.addEventListener("storage", (event) => {
  if (event.key === KEY) window.dispatchEvent(new Event("toile:tray"));
});
