// A design's page: zoom, the slider against the photo, the repeat, neighbours, and what is alike.

import { announce, isTyping } from "/static/page.js";
import { toggle, tray } from "/static/tray.js";
import { drawRepeat } from "/static/repeat.js";
import { Zoom } from "/static/zoom.js";

const root = document.querySelector("[data-design]");
const id = root.dataset.design;
const stage = document.getElementById("stage");
const words = JSON.parse(document.getElementById("words").textContent);
const picture = stage.querySelector('[data-layer="design"] img');
const layers = Object.fromEntries([...stage.querySelectorAll(".layer")].map((one) => [one.dataset.layer, one]));
const size = { width: Number(stage.dataset.width), height: Number(stage.dataset.height) };

const zoom = new Zoom(stage, size, sharpen);
const shown = document.querySelector("[data-zoomed]");
stage.addEventListener("zoomed", () => {
  shown.textContent = words.zoomed.replace("{percent}", zoom.percent);
});
zoom.show(zoom.seen);
picture.addEventListener("error", () => announce(words.no_image));

/** Take the original in place of the smaller picture once more than that has is looked at. */
function sharpen({ zoom: zoomed }) {
  const { original } = picture.dataset;
  if (!original || zoomed * zoom.fit.width * devicePixelRatio <= picture.naturalWidth) return;
  delete picture.dataset.original;
  const whole = new Image();
  whole.src = original;
  whole.decode().then(() => { picture.src = original; }, () => announce(words.no_image));
}

for (const button of document.querySelectorAll("[data-zoom]")) {
  const act = { in: () => zoom.by(1.25), out: () => zoom.by(0.8), fit: () => zoom.showAll(), whole: () => zoom.showWhole() };
  button.addEventListener("click", act[button.dataset.zoom]);
}

// The slider against the photo.

const splitButton = document.querySelector("[data-split]");
const splitAt = document.querySelector("[data-split-at]");
const divider = stage.querySelector("[data-divider]");

function isSplit() {
  return splitButton?.getAttribute("aria-pressed") === "true";
}

function split(on) {
  if (!splitButton) return;
  const photo = layers.garment.querySelector("img");
  if (on && !photo.src) photo.src = photo.dataset.src;
  splitButton.setAttribute("aria-pressed", String(on));
  splitButton.classList.toggle("chosen", on);
  layers.garment.hidden = divider.hidden = splitAt.parentElement.hidden = !on;
  zoom.show(zoom.seen);
}

function divide(percent) {
  splitAt.value = percent;
  stage.style.setProperty("--split", `${splitAt.value}%`);
}

splitButton?.addEventListener("click", () => split(!isSplit()));
splitAt?.addEventListener("input", () => divide(splitAt.value));
divider?.addEventListener("pointerdown", (event) => {
  event.stopPropagation();
  divider.setPointerCapture(event.pointerId);
});
divider?.addEventListener("pointermove", (event) => {
  if (!divider.hasPointerCapture(event.pointerId)) return;
  event.stopPropagation();
  const box = stage.getBoundingClientRect();
  divide(Math.round((100 * (event.clientX - box.left)) / box.width));
});

// As it comes from the roll: three by three tiles in place of one.

const tiledButton = document.querySelector("[data-tiled]");

async function tile(on) {
  if (!tiledButton) return;
  if (on) {
    await picture.decode();
    drawRepeat(layers.repeat.querySelector("canvas"), picture, stage.dataset.repeat);
  }
  tiledButton.setAttribute("aria-pressed", String(on));
  tiledButton.classList.toggle("chosen", on);
  layers.repeat.hidden = !on;
  layers.design.hidden = on;
  zoom.size = on ? { width: 3 * size.width, height: 3 * size.height } : size;
  zoom.showAll();
}

tiledButton?.addEventListener("click", () => tile(layers.repeat.hidden));

// The compare tray.

const trayButton = document.querySelector("[data-tray]");

function tellTray() {
  const isIn = tray().includes(id);
  trayButton.setAttribute("aria-pressed", String(isIn));
  trayButton.classList.toggle("chosen", isIn);
  trayButton.textContent = isIn ? words.comparing : words.compare;
}

function compare() {
  announce(words[`tray_${toggle(id)}`]);
}

trayButton.addEventListener("click", compare);
window.addEventListener("toile:tray", tellTray);
window.addEventListener("pageshow", tellTray);
tellTray();

// Neighbours of the view: their pictures come while this one is looked at.

const beside = { ArrowLeft: document.querySelector('a[rel="prev"]'), ArrowRight: document.querySelector('a[rel="next"]') };
window.addEventListener("load", () => {
  for (const link of Object.values(beside)) if (link) new Image().src = link.dataset.image;
});

// A finger that goes across the whole picture goes on to the next one, as in a book.

const SWIPE_PX = 60;
let swipe = null;
stage.addEventListener("pointerdown", ({ pointerId, pointerType, clientX, clientY, target }) => {
  const isAlone = swipe === null && zoom.pointers.size < 2 && zoom.seen.zoom <= 1.001;
  const isFinger = pointerType === "touch" && !target.closest("[data-divider]");
  swipe = isFinger && isAlone ? { pointerId, clientX, clientY } : null;
});
stage.addEventListener("pointercancel", () => { swipe = null; });
stage.addEventListener("pointerup", ({ pointerId, clientX, clientY }) => {
  if (swipe?.pointerId !== pointerId) return;
  const across = clientX - swipe.clientX;
  const down = clientY - swipe.clientY;
  swipe = null;
  if (Math.abs(across) < SWIPE_PX || Math.abs(across) < 2 * Math.abs(down)) return;
  beside[across < 0 ? "ArrowRight" : "ArrowLeft"]?.click();
});

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (isTyping(event) && event.target !== splitAt) return;
  if (event.target === splitAt && event.key.startsWith("Arrow")) return;
  const link = beside[event.key];
  if (zoom.key(event)) { /* done */ }
  else if (link) link.click();
  else if (event.key === "g") split(!isSplit());
  else if ((event.key === "[" || event.key === "]") && isSplit()) divide(Number(splitAt.value) + (event.key === "]" ? 5 : -5));
  else if (event.key === "t") tile(layers.repeat?.hidden);
  else if (event.key === "c") compare();
  else if (event.key === "Escape") document.querySelector("[data-up]").click();
  else return;
  event.preventDefault();
});

// What is alike, once somebody scrolls there.

const COUNT = 13;

async function fill(section) {
  const strip = section.querySelector("[data-strip]");
  const none = section.querySelector("[data-none]");
  try {
    const answer = await fetch(`/api/designs?alike=${id}&by=${section.dataset.alike}&count=${COUNT}`);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const { tiles } = await answer.json();
    const others = tiles.filter((one) => one.id !== id).slice(0, COUNT - 1);
    strip.replaceChildren(...others.map(tileOf));
    none.hidden = strip.hidden = others.length > 0;
    strip.hidden = !others.length;
  } catch {
    none.textContent = words.no_alike;
    none.hidden = false;
    strip.hidden = true;
  }
  strip.removeAttribute("aria-busy");
}

function tileOf(one) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const image = document.createElement("img");
  const name = document.createElement("span");
  link.href = `/design/${one.id}`;
  image.src = `/thumbs/${one.id}`;
  image.alt = "";
  image.loading = "lazy";
  const garment = one.content_title ?? one.content_id;
  const textile = one.style_title ?? one.style_id;
  name.textContent = garment ? words.name.replace("{garment}", garment).replace("{textile}", textile) : textile;
  link.append(image, name);
  item.append(link);
  return item;
}

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    fill(target);
  }
}, { rootMargin: "400px" });
for (const section of document.querySelectorAll("[data-alike]")) near.observe(section);
