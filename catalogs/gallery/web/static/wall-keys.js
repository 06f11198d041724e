// Keys on the wall: from tile to tile, and what to do with the one that has the focus.

import { choice, look, rate, reject, shortlist, undo } from "/static/choosing.js";
import { announce, isTyping } from "/static/page.js";
import { MOST, toggle, tray } from "/static/tray.js";
import { togglePeek } from "/static/wall-peek.js";
import { said } from "/static/wall-tile.js";

/** Let keys work on a wall; `onMore` shows what is like a design. */
export function letKeys(grid, onMore) {
  grid.box.addEventListener("keydown", (event) => {
    const index = grid.indexOf(event.target);
    const isToAnEnd = event.ctrlKey && ["Home", "End"].includes(event.key);
    if (index < 0 || (isTyping(event) && !isToAnEnd)) return;
    const next = target(grid, event, index);
    if (next !== null) {
      event.preventDefault();
      grid.focus(next);
      return;
    }
    const design = grid.design(index);
    if (design && act(event.key, design, grid.tile(index), onMore)) event.preventDefault();
  });
}

/** Write on a tile what was chosen of it, and ask for that if it is not known yet. */
export function mark(id, tile) {
  markChoice(id, tile);
  look([id]);
}

/** Write on tiles what is chosen of them now. */
export function markAgain(tiles, ids = null) {
  for (const tile of tiles) {
    if (!ids || ids.includes(tile.dataset.id)) markChoice(tile.dataset.id, tile);
  }
}

function markChoice(id, tile) {
  const { stars, rejected, listed, asked } = choice(id);
  const told = [
    tray().includes(id) && ["tray", said("in_tray")],
    listed && ["listed", said("listed")],
    stars > 0 && ["rated", said("stars", { count: stars })],
    rejected && ["rejected", said("rejected")],
    asked.length > 0 && ["asked", said(`asked_${asked[0].state}`)],
  ];
  tile.classList.toggle("rejected", rejected);
  const marks = tile.querySelector(".marks");
  for (const old of marks.querySelectorAll(".mine")) old.remove();
  for (const [name, text] of told.filter(Boolean)) {
    const fresh = document.createElement("span");
    fresh.className = `mark mine ${name}`;
    fresh.textContent = text;
    marks.append(fresh);
  }
}

function target(grid, event, index) {
  const { columns } = grid.layout;
  const row = grid.layout.placeOf(index);
  const page = Math.max(1, Math.floor((window.innerHeight - grid.barHeight()) / grid.layout.row));
  const steps = {
    ArrowRight: () => Math.min(grid.total - 1, index + 1),
    ArrowLeft: () => Math.max(0, index - 1),
    ArrowDown: () => grid.layout.beside(index, 1),
    ArrowUp: () => grid.layout.beside(index, -1),
    PageDown: () => Math.min(grid.total - 1, index + page * columns),
    PageUp: () => Math.max(0, index - page * columns),
    Home: () => (event.ctrlKey ? 0 : index - row.column),
    End: () => (event.ctrlKey ? grid.total - 1 : endOfRow(grid, index, row.column)),
  };
  return steps[event.key]?.() ?? null;
}

function endOfRow(grid, index, column) {
  const part = grid.layout.parts[grid.layout.partOf(index)];
  return Math.min(index - column + grid.layout.columns, part.first + part.count) - 1;
}

function act(key, design, tile, onMore) {
  const deeds = {
    c: () => announce(said(`tray_${toggle(design.id)}`, { most: MOST })),
    g: () => togglePeek(tile),
    a: () => location.assign(`/ask?design=${design.id}`),
    m: () => onMore(design.id),
    s: () => shortlist(design.id),
    u: () => undo(),
    x: () => reject(design.id),
  };
  if (/^[1-5]$/.test(key)) rate(design.id, Number(key));
  else if (key in deeds) deeds[key]();
  else return false;
  return true;
}
