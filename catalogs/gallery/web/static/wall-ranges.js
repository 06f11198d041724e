// How figures are spread, with two handles to choose from … to; the number fields beside them say the same.

import { said } from "/static/wall-tile.js";

const STEPS = 100;
let asking = null;

/** Draw the histograms of a view, if they are to be seen. */
export async function drawSpreads(query, onChange) {
  const facet = document.getElementById("facet-scores");
  if (!facet.open) return;
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(`/api/spread${query ? `?${query}` : ""}`, { signal: asking.signal });
    if (!answer.ok) return; // the wall tells of what is wrong; the number fields work without a histogram
    const spreads = await answer.json();
    for (const range of facet.querySelectorAll("[data-figure]")) {
      const spread = spreads[range.dataset.figure];
      range.hidden = !spread;
      if (spread) draw(range, spread, onChange);
    }
  } catch (error) {
    if (!(error instanceof TypeError) && error.name !== "AbortError") throw error;
  }
}

function draw(range, { low, high, counts }, onChange) {
  const figure = range.querySelector("legend").textContent;
  const fields = [...range.querySelectorAll("input[type=number]")];
  const digits = high - low > 10 ? 0 : high - low > 0.1 ? 2 : 4;
  const most = Math.max(1, ...counts);
  const ns = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(ns, "svg");
  picture.setAttribute("viewBox", `0 0 ${counts.length} 100`);
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("aria-hidden", "true");
  const bars = counts.map((count, place) => {
    const bar = document.createElementNS(ns, "rect");
    const height = count ? Math.max(3, (100 * count) / most) : 0;
    for (const [name, value] of Object.entries({ x: place + 0.06, y: 100 - height, width: 0.88, height })) {
      bar.setAttribute(name, String(value));
    }
    picture.append(bar);
    return bar;
  });
  const valueAt = (place) => low + (place / STEPS) * (high - low);
  const placeOf = (value) => Math.round(((value - low) / (high - low || 1)) * STEPS);
  const handles = fields.map((field, end) => {
    const handle = document.createElement("input");
    handle.type = "range";
    handle.max = String(STEPS);
    handle.value = String(field.value === "" ? end * STEPS : placeOf(Number(field.value)));
    handle.setAttribute("aria-label", said(end ? "high" : "low", { figure }));
    field.placeholder = (end ? high : low).toFixed(digits);
    return handle;
  });

  function shade() {
    const [from, to] = handles.map((handle) => Number(handle.value) / STEPS);
    for (const [place, bar] of bars.entries()) {
      const middle = (place + 0.5) / counts.length;
      bar.classList.toggle("out", middle < from || middle > to);
    }
    for (const handle of handles) {
      handle.setAttribute("aria-valuetext", valueAt(Number(handle.value)).toFixed(digits));
    }
  }

  function tell(end) {
    const [from, to] = handles.map((handle) => Number(handle.value));
    if (from > to) handles[end].value = String(end ? from : to);
    const place = Number(handles[end].value);
    // rounded outwards: the design at the very end is within
    const scale = 10 ** digits;
    const value = (end ? Math.ceil : Math.floor)(valueAt(place) * scale) / scale;
    fields[end].value = place === end * STEPS ? "" : String(value);
    shade();
  }

  for (const [end, handle] of handles.entries()) {
    handle.addEventListener("input", () => tell(end));
    handle.addEventListener("change", onChange);
  }
  const place = range.querySelector("[data-spread]");
  const focused = [...place.querySelectorAll("input")].indexOf(document.activeElement);
  place.replaceChildren(picture, ...handles);
  if (focused >= 0) handles[focused].focus();
  shade();
}
