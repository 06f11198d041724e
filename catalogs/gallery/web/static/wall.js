// The wall: puts its parts together (wall-grid, wall-view, wall-ranges, wall-peek, wall-keys, wall-standing).

import { Grid } from "/static/wall-grid.js";
import { letKeys, mark, markAgain } from "/static/wall-keys.js";
import { letPeek } from "/static/wall-peek.js";
import { drawSpreads } from "/static/wall-ranges.js";
import { back, keepAsking, lost, tellNews } from "/static/wall-standing.js";
import { chosenAddress, findIn, go } from "/static/wall-view.js";

const TYPING_MS = 250;
const WIDE = matchMedia("(width >= 64rem)");
const root = document.documentElement;
const box = document.getElementById("shown");

const grid = new Grid(box, {
  moved: tellNews,
  lost,
  back,
  made: (design, tile) => mark(design.id, tile),
  rested: (place) => history.replaceState({ ...history.state, place }, ""),
});
const told = {
  lost,
  back,
  shown: (place) => {
    grid.take(place);
    if (!place) window.scrollTo({ top: 0, behavior: "instant" });
    tellFilters();
    tellDensity();
    drawSpreads(grid.query, choose);
  },
  focusTile: () => {
    if (grid.total) grid.focus(grid.current);
    return grid.total > 0;
  },
};

function choose() {
  go(chosenAddress(), { how: "push" }, told);
}

function tellFilters() {
  const isShown = root.dataset.filters ? root.dataset.filters === "shown" : WIDE.matches;
  document.getElementById("filters").setAttribute("aria-expanded", String(isShown));
}

function tellDensity() {
  document.getElementById("density").value = root.dataset.density ?? "4";
}

function keep(name, value) {
  root.dataset[name] = value;
  localStorage.setItem(`toile.${name}`, value);
}

let typing = 0;
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-search]")) {
    clearTimeout(typing);
    // the first letter is a step that the back button undoes; the others belong to it
    typing = setTimeout(() => {
      const how = history.state?.isTyped ? "replace" : "push";
      go(chosenAddress(), { how, state: { isTyped: true } }, told);
    }, TYPING_MS);
  } else if (event.target.matches("[data-find-in]")) {
    findIn(event.target);
  } else if (event.target.id === "density") {
    keep("density", event.target.value);
    grid.again();
  }
});
document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.form?.id === "view" && !target.matches("[data-search], [data-find-in], [type=range]")) choose();
});
document.getElementById("view").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  choose();
});
document.addEventListener("click", (event) => {
  const tile = event.target.closest("#shown a.tile");
  // who comes back goes on at the tile that was opened
  if (tile) history.replaceState({ ...history.state, tile: grid.indexOf(tile) }, "");
  const link = event.target.closest("a[data-soft]");
  if (link && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    go(link.getAttribute("href"), { how: "push" }, told);
  } else if (event.target.closest("#filters")) {
    const isShown = document.getElementById("filters").getAttribute("aria-expanded") === "true";
    keep("filters", isShown ? "hidden" : "shown");
    tellFilters();
  }
});
document.addEventListener("toggle", (event) => {
  if (event.target.id === "facet-scores") drawSpreads(grid.query, choose);
}, true);
window.addEventListener("popstate", (event) => {
  go(location.pathname + location.search, { how: "none", place: event.state?.place ?? null }, told);
});
window.addEventListener("toile:tray", () => markAgain(box.querySelectorAll("a.tile")));
window.addEventListener("toile:choices", (event) => markAgain(box.querySelectorAll("a.tile"), event.detail));
// a picture that is not there leaves its place, and says so by its edge
box.addEventListener("error", (event) => {
  const tile = event.target.closest?.("a.tile");
  if (!tile) return;
  const thumb = `/thumbs/${tile.dataset.id}`;
  if (event.target.getAttribute("src") === thumb) tile.classList.add("gone");
  else event.target.src = thumb;
}, true);

document.querySelector(".skip").addEventListener("click", (event) => {
  if (told.focusTile()) event.preventDefault();
});
window.addEventListener("beforeprint", () => {
  const [first, last] = grid.inThePage();
  const printed = document.getElementById("printed");
  const values = { first: first + 1, last: last + 1, total: grid.total };
  printed.hidden = last - first + 1 >= grid.total;
  printed.textContent = printed.dataset.says.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString("en"));
});

history.scrollRestoration = "manual";
tellFilters();
tellDensity();
grid.take(history.state?.place ?? null);
// a design's page leads back to its tile: #at-1 is the first one
const at = /^#at-(\d+)$/.exec(location.hash);
if (at) history.replaceState(history.state, "", location.pathname + location.search);
const opened = at ? Number(at[1]) - 1 : (history.state?.tile ?? -1);
if (opened >= 0 && grid.total) grid.focus(opened);
letKeys(grid, (id) => go(`/?alike=${id}`, { how: "push" }, told));
letPeek(box);
drawSpreads(grid.query, choose);
keepAsking(
  () => grid.version,
  () => go(location.pathname + location.search, { how: "none" }, told),
);
