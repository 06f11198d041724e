// Garment and textile beside a design: while the mouse rests on it, a finger is held on it, or at a key.

const RESTS_MS = 450;
const HELD_MS = 450;
const peek = document.getElementById("peek");
let timer = 0;
let shownFor = null;

/** Let tiles show what they are made of. */
export function letPeek(box) {
  if (box.dataset.peek !== "yes") return;
  box.addEventListener("pointerover", (event) => {
    const tile = event.target.closest("a.tile");
    if (event.pointerType !== "mouse" || !tile || tile === shownFor) return;
    clearTimeout(timer);
    hide();
    timer = setTimeout(() => show(tile), RESTS_MS);
  });
  box.addEventListener("pointerout", (event) => {
    if (event.pointerType !== "mouse" || event.relatedTarget?.closest?.("a.tile") === event.target.closest("a.tile")) return;
    clearTimeout(timer);
    hide();
  });
  box.addEventListener("pointerdown", (event) => {
    const tile = event.target.closest("a.tile");
    if (event.pointerType === "mouse" || !tile) return;
    hide();
    timer = setTimeout(() => show(tile), HELD_MS);
  });
  for (const name of ["pointerup", "pointercancel"]) box.addEventListener(name, () => clearTimeout(timer));
  // a finger held long enough to peek does not also open the design or its menu
  box.addEventListener("contextmenu", (event) => {
    if (shownFor && event.pointerType !== "mouse") event.preventDefault();
  });
  box.addEventListener("click", (event) => {
    if (shownFor && event.pointerType === "touch") {
      event.preventDefault();
      hide();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  window.addEventListener("scroll", hide, { passive: true });
}

/** Show what a tile is made of, or hide it again. */
export function togglePeek(tile) {
  if (shownFor === tile) hide();
  else show(tile);
}

function show(tile) {
  if (!tile.isConnected || document.getElementById("shown").dataset.peek !== "yes") return;
  const [garment, style] = peek.querySelectorAll("figure");
  fill(garment, `/garments/${tile.dataset.id}`, tile);
  fill(style, `/styles/${tile.dataset.id}`, tile);
  peek.hidden = false;
  shownFor = tile;
  const at = tile.getBoundingClientRect();
  const width = peek.offsetWidth;
  const height = peek.offsetHeight;
  const isRight = at.right + width + 12 < window.innerWidth;
  const left = isRight ? at.right + 6 : Math.max(6, at.left - width - 6);
  const top = Math.max(6, Math.min(at.top, window.innerHeight - height - 6));
  peek.style.left = `${left}px`;
  peek.style.top = `${top}px`;
}

function fill(figure, address) {
  const image = figure.querySelector("img");
  figure.hidden = false;
  image.onerror = () => {
    figure.hidden = true;
  };
  image.src = address;
}

function hide() {
  peek.hidden = true;
  shownFor = null;
}
