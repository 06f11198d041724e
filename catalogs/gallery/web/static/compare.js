// Designs side by side: zoomed and moved together, one of them the reference that others blink with.

import { announce, isTyping } from "/static/page.js";
import { clear, keep, toggle, tray } from "/static/tray.js";
import { Zoom } from "/static/zoom.js";

const root = document.querySelector(".compare");
const words = JSON.parse(document.getElementById("words").textContent);
const given = root.dataset.given ? root.dataset.given.split(",") : [];
const cards = [...document.querySelectorAll(".card")];
const BLINK_MS = 700;
// Which place had the focus when a design was taken out: the page is another one then, and the keys go on there.
const TAKEN_OUT = "toile.compare.out";

// Without an address of its own the page shows the tray.
if (!location.search && tray().length) location.replace(addressOf(tray()));

function addressOf(ids) {
  return ids.length ? `/compare?${ids.map((id) => `id=${id}`).join("&")}` : "/compare";
}

function nameOf(card) {
  return card.querySelector(".card-name").textContent;
}

// All stages show the same place.

const zooms = cards.map((card) => {
  const stage = card.querySelector(".stage");
  const size = { width: Number(stage.dataset.width), height: Number(stage.dataset.height) };
  return new Zoom(stage, size, follow);
});

function follow(seen) {
  for (const zoom of zooms) {
    if (zoom.seen !== seen) zoom.show(seen);
    sharpen(zoom);
  }
  tellZoom();
}

function sharpen(zoom) {
  const picture = zoom.stage.querySelector('[data-layer="own"] img');
  const { original } = picture.dataset;
  if (!original || zoom.seen.zoom * zoom.fit.width * devicePixelRatio <= picture.naturalWidth) return;
  delete picture.dataset.original;
  const whole = new Image();
  whole.src = original;
  whole.decode().then(() => { picture.src = original; reflect(); }, () => {});
}

function tellZoom() {
  document.querySelector("[data-zoomed]").textContent = `${zooms[0].percent} %`;
}

for (const button of document.querySelectorAll("[data-zoom]")) {
  const act = { in: (zoom) => zoom.by(1.25), out: (zoom) => zoom.by(0.8), fit: (zoom) => zoom.showAll(), whole: (zoom) => zoom.showWhole() };
  button.addEventListener("click", () => act[button.dataset.zoom](zooms[0]));
}
zooms[0]?.stage.addEventListener("zoomed", tellZoom);

// The reference: the first, until another is pinned.

let pinned = 0;
// What keys are for: where the focus went last, or the mouse.
let active = 0;
let timer = 0;

function mean(place) {
  active = place;
  for (const [at, card] of cards.entries()) card.classList.toggle("is-meant", at === place);
}

function pin(place) {
  pinned = place;
  for (const [at, card] of cards.entries()) {
    const isPinned = at === place;
    const button = card.querySelector("[data-pin]");
    card.classList.toggle("is-pinned", isPinned);
    button.setAttribute("aria-pressed", String(isPinned));
    button.textContent = isPinned ? words.pinned : words.pin;
  }
  reflect();
}

/** Lay the reference over all others, unseen until they blink. */
function reflect() {
  const source = cards[pinned].querySelector('[data-layer="own"] img').src;
  for (const card of cards) card.querySelector('[data-layer="reference"] img').src = source;
  for (const zoom of zooms) zoom.show(zoom.seen);
}

function showReference(on) {
  for (const [at, card] of cards.entries()) {
    card.querySelector('[data-layer="reference"]').hidden = !on || at === pinned;
    card.classList.toggle("shows-reference", on && at !== pinned);
  }
}

function isShown() {
  return cards.some((card) => card.classList.contains("shows-reference"));
}

/** Let them blink slowly until asked again; where people want less motion, change once. */
function blink() {
  const button = document.querySelector("[data-blink]");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (timer) {
    clearInterval(timer);
    timer = 0;
    showReference(false);
  } else {
    showReference(!isShown());
    if (!still) timer = setInterval(() => showReference(!isShown()), BLINK_MS);
  }
  const on = timer !== 0 || isShown();
  button.setAttribute("aria-pressed", String(on));
  button.classList.toggle("chosen", on);
  button.textContent = on ? words.blinking : words.blink;
  announce(on ? words.showing_reference : words.showing_own);
}

document.querySelector("[data-blink]")?.addEventListener("click", blink);
for (const [at, card] of cards.entries()) {
  card.querySelector("[data-pin]").addEventListener("click", () => pin(at));
  card.querySelector("[data-remove]").addEventListener("click", () => {
    leave(card);
    sessionStorage.setItem(TAKEN_OUT, String(at));
  });
  card.addEventListener("focusin", () => mean(at));
  card.addEventListener("pointerenter", ({ pointerType }) => { if (pointerType === "mouse") mean(at); });
}
if (cards.length) pin(0);

// The tray follows what is taken out here, and is left alone by addresses that others sent.

function leave(card) {
  if (tray().includes(card.dataset.id)) toggle(card.dataset.id);
}

function remove(place) {
  leave(cards[place]);
  sessionStorage.setItem(TAKEN_OUT, String(place));
  location.replace(addressOf(given.filter((id) => id !== cards[place].dataset.id)));
}

const keepButton = document.querySelector("[data-keep]");
function tellTray() {
  if (keepButton) keepButton.hidden = given.join() === tray().join();
}
keepButton?.addEventListener("click", () => {
  keep(given);
  announce(words.kept);
});
document.querySelector("[data-clear]")?.addEventListener("click", () => {
  clear();
  sessionStorage.setItem(TAKEN_OUT, "0");
  location.replace("/compare");
});
window.addEventListener("toile:tray", tellTray);
window.addEventListener("pageshow", tellTray);

function choose(place) {
  active = Math.min(Math.max(place, 0), cards.length - 1);
  cards[active].querySelector(".stage").focus();
}

const takenOut = sessionStorage.getItem(TAKEN_OUT);
sessionStorage.removeItem(TAKEN_OUT);
if (takenOut !== null) {
  if (cards.length) choose(Number(takenOut));
  else document.getElementById("main").focus();
}

document.addEventListener("keydown", (event) => {
  if (!cards.length || isTyping(event) || document.querySelector("dialog[open]")) return;
  const isOnStage = document.activeElement?.classList.contains("stage");
  if (zooms[active].key(event)) { /* done */ }
  else if (event.key === "ArrowLeft") choose(active - 1);
  else if (event.key === "ArrowRight") choose(isOnStage ? active + 1 : active);
  else if (event.key === "p") pin(active);
  else if (event.key === "b") blink();
  else if (event.key === "Delete") remove(active);
  else if (event.key === "Enter" && isOnStage) cards[active].querySelector(".card-name a").click();
  else return;
  event.preventDefault();
});
