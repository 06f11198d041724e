// What every page does: light or dark, the tray's count, help, menus, "/" for the search box, and how much of the
// window the bar at the top hides.

import { tray } from "/static/tray.js";

// A letter means something to these by itself.
const TYPED_INTO =
  "input:not([type=checkbox], [type=radio], [type=range], [type=button], [type=submit]), textarea, select, [contenteditable]";
const SEEN_MS = 3000;
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const themeButton = document.getElementById("theme");
const help = document.getElementById("keys");

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
}

function tellTheme() {
  themeButton.setAttribute("aria-pressed", String(isDark()));
}

function changeTheme() {
  const next = isDark() ? "light" : "dark";
  // what the system says anyway is not kept, so that the page follows it again
  if (next === (dark.matches ? "dark" : "light")) {
    delete root.dataset.theme;
    localStorage.removeItem("toile.theme");
  } else {
    root.dataset.theme = next;
    localStorage.setItem("toile.theme", next);
  }
  tellTheme();
}

function tellTray() {
  const ids = tray();
  for (const place of document.querySelectorAll("[data-tray-count]")) {
    place.textContent = ids.length ? String(ids.length) : "";
  }
  for (const link of document.querySelectorAll("a[data-tray-link]")) {
    link.href = ids.length ? `/compare?${ids.map((id) => `id=${id}`).join("&")}` : "/compare";
  }
}

/** Say whether a key is for what has the focus, and not for the page. */
export function isTyping(event) {
  const { target } = event;
  return (
    event.ctrlKey || event.metaKey || event.altKey || event.isComposing ||
    (target instanceof Element && target.closest(TYPED_INTO) !== null)
  );
}

let quietening = 0;

/** Say something: to people who hear the page, and for a moment to those who see it unless they see it anyway. */
export function announce(sentence, { isSeen = true } = {}) {
  const said = document.getElementById("said");
  said.textContent = sentence;
  clearTimeout(quietening);
  said.classList.toggle("seen", isSeen);
  quietening = setTimeout(() => said.classList.remove("seen"), SEEN_MS);
}

document.addEventListener("keydown", (event) => {
  if (isTyping(event) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    help.showModal();
  } else if (event.key === "/") {
    document.querySelector("[data-search]")?.focus();
  } else {
    return;
  }
  event.preventDefault();
});

// A menu is left by Escape, which gives the focus back, or by pressing elsewhere.
const openMenu = () => document.querySelector("details.takeaway[open]");
document.addEventListener("keydown", (event) => {
  const menu = openMenu();
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
  event.preventDefault();
  event.stopImmediatePropagation();
});
document.addEventListener("pointerdown", ({ target }) => {
  const menu = openMenu();
  if (menu && !menu.contains(target)) menu.open = false;
});

const bar = document.querySelector(".top");
new ResizeObserver(() => {
  const isStaying = getComputedStyle(bar).position === "sticky";
  root.style.setProperty("--covered", `${isStaying ? bar.offsetHeight : 0}px`);
}).observe(bar);

document.getElementById("help").addEventListener("click", () => help.showModal());
help.addEventListener("click", (event) => {
  if (event.target === help) help.close();
});
themeButton.addEventListener("click", changeTheme);
dark.addEventListener("change", tellTheme);
window.addEventListener("toile:tray", tellTray);
window.addEventListener("pageshow", tellTray);
tellTheme();
tellTray();
