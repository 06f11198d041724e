// Going from view to view without loading the page anew: what was chosen is an address, and the server
// writes what belongs to it.

import { announce } from "/static/page.js";

const AGAIN_MS = 2000;
let going = null;

/** Return the address of what the page's fields say. */
export function chosenAddress() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(document.getElementById("view"))) {
    if (value !== "") query.append(name, value);
  }
  const told = query.toString();
  return told ? `/?${told}` : "/";
}

/**
 * Show another view.
 *
 * @param {string} address of the view.
 * @param {{how?: "push" | "replace" | "none", place?: object | null, state?: object}} options what becomes of
 *   the history, and where the wall is looked at.
 * @param {{shown: (place: object | null) => void, focusTile: () => boolean, lost: (kind: string) => void,
 *   back: () => void}} told
 */
export async function go(address, { how = "push", place = null, state = {} }, told) {
  going?.abort();
  const mine = new AbortController();
  going = mine;
  if (how === "push") history.pushState(state, "", address);
  if (how === "replace") history.replaceState({ ...history.state, ...state, place: null, tile: null }, "", address);
  const shown = document.getElementById("shown");
  shown.setAttribute("aria-busy", "true");
  const page = await loaded(address, mine, told);
  if (page === null) return;
  const { activeElement } = document;
  const wasOnWall = shown.contains(activeElement);
  const focusAgain = refocusing(activeElement);
  swap(page);
  shown.removeAttribute("aria-busy");
  told.shown(place);
  if (activeElement !== document.body && document.activeElement === document.body) {
    // what had it may be gone, as a chip is; the keys go on at what the choice led to
    if (!(wasOnWall ? told.focusTile() : focusAgain())) document.getElementById("count").focus();
  }
  announce(document.getElementById("count").textContent, { isSeen: false });
}

async function loaded(address, mine, told) {
  while (!mine.signal.aborted) {
    try {
      const { status, page } = await asked(address, mine.signal);
      if (status < 500) {
        told.back();
        if (page?.getElementById("shown")) return page;
        location.assign(address); // what cannot be shown as a wall is shown as the page that it is
        return null;
      }
      told.lost("failed");
    } catch {
      if (mine.signal.aborted) return null;
      told.lost("offline");
    }
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
  return null;
}

/** Return an answer's status and its page. The browser makes a page of it by itself: no text of ours becomes one. */
function asked(address, signal) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    request.onload = () => done({ status: request.status, page: request.response });
    request.onerror = request.onabort = () => failed(new TypeError(`${address} cannot be read`));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send();
  });
}

/** Return what puts the focus where it was, as far as that is in the other view too; it says whether it could. */
function refocusing(element) {
  const { id } = element;
  const figure = element.closest("[data-figure]")?.dataset.figure;
  const place = figure ? [...element.closest("[data-figure]").querySelectorAll("input")].indexOf(element) : -1;
  return () => {
    const again = id
      ? document.getElementById(id)
      : document.querySelector(`[data-figure="${figure}"]`)?.querySelectorAll("input")[place];
    again?.focus({ preventScroll: true });
    return document.activeElement === again;
  };
}

function swap(page) {
  const form = document.getElementById("view");
  const opened = new Map([...form.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
  const typed = new Map([...form.querySelectorAll("[data-find-in]")].map((one) => [facetOf(one), one.value]));
  const spreads = new Map([...form.querySelectorAll("[data-figure]")].map((one) => [one.dataset.figure, one.querySelector("[data-spread]")]));
  const { scrollTop } = form.parentElement;

  form.replaceChildren(...page.getElementById("view").childNodes);
  for (const [id, isOpen] of opened) {
    const one = document.getElementById(id);
    if (one) one.open = isOpen || one.open;
  }
  for (const one of form.querySelectorAll("[data-find-in]")) {
    one.value = typed.get(facetOf(one)) ?? "";
    if (one.value) findIn(one);
  }
  for (const one of form.querySelectorAll("[data-figure]")) {
    const spread = spreads.get(one.dataset.figure);
    if (spread?.childElementCount) one.querySelector("[data-spread]").replaceWith(spread);
  }
  form.parentElement.scrollTop = scrollTop;

  const picker = document.querySelector("[data-list-picker]");
  document.getElementById("controls").replaceChildren(...page.getElementById("controls").childNodes);
  document.querySelector("[data-list-picker]").replaceWith(picker);
  const search = document.querySelector("[data-search]");
  if (document.activeElement !== search) search.value = page.querySelector("[data-search]").value;

  const shown = document.getElementById("shown");
  const other = page.getElementById("shown");
  for (const { name, value } of other.attributes) shown.setAttribute(name, value);
  shown.replaceChildren(...other.childNodes);
  document.getElementById("groups")?.remove();
  const groups = page.getElementById("groups");
  if (groups) shown.after(groups);
  document.title = page.title;
}

/** Show only the words of a facet that hold what was typed. */
export function findIn(field) {
  const facet = field.closest(".facet");
  const wanted = folded(field.value);
  for (const choice of facet.querySelectorAll(".choice")) {
    const isChosen = choice.querySelector("input").checked;
    choice.hidden = !isChosen && !folded(choice.querySelector("span").textContent).includes(wanted);
  }
  if (wanted) facet.querySelector(".more").open = true;
}

function facetOf(field) {
  return field.closest(".facet").id;
}

function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
