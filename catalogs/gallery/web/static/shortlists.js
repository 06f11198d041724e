// One list, alive: what others do comes in every three seconds, what is done here is shown at once and sent by
// outbox.js. What somebody is writing is never touched.

import { announce, isTyping } from "/static/page.js";
import { chooseList, doIt, mayChoose, person, ready, say, undo } from "/static/choosing.js";
import { put, see, waiting } from "/static/outbox.js";
import { letDrag } from "/static/shortlists-drag.js";

const LOOK_EVERY_MS = 3000;
const NOTE_AFTER_MS = 900;

const box = document.getElementById("entries");
const template = document.getElementById("entry").content.firstElementChild;
const list = box.dataset.list;
const known = { stamp: "", name: "", entries: [] };
const kept = [];
let looking = 0;

// What is shown: the list as the gallery last told it, with what was done here laid over it.

function shown() {
  const edits = [...kept, ...waiting()];
  const undone = new Set(edits.filter((one) => one.kind === "undo").map((one) => one.undoes));
  return edits.filter((one) => !undone.has(one.id)).reduce(after, known.entries);
}

function after(entries, edit) {
  const { kind, design } = edit;
  if ((edit.list ?? list) !== list || (!edit.list && !["rate", "reject"].includes(kind))) return entries;
  const place = entries.findIndex((one) => one.design === design);
  if (kind === "add" && place < 0) return [...entries, fresh(edit)];
  if (place < 0) return entries;
  if (kind === "remove") return entries.filter((one) => one.design !== design);
  if (kind === "move") return moved(entries, place, edit.after);
  return entries.with(place, changed(entries[place], edit));
}

function fresh({ id, design }) {
  return { design, adds: [id], by: person(), notes: {}, ratings: {}, rejected_by: "", tile: null };
}

function moved(entries, place, follows) {
  const others = entries.toSpliced(place, 1);
  if (follows === undefined) return [...others, entries[place]];
  return others.toSpliced(others.findIndex((one) => one.design === follows) + 1, 0, entries[place]);
}

function changed(entry, { kind, stars, text, on }) {
  const me = person();
  if (kind === "rate") return { ...entry, ratings: without(entry.ratings, me, stars) };
  if (kind === "note") return { ...entry, notes: without(entry.notes, me, text) };
  if (kind === "reject") return { ...entry, rejected_by: on ? me : "" };
  return entry;
}

function without(table, name, value) {
  const { [name]: _, ...rest } = table;
  return value ? { ...rest, [name]: value } : rest;
}

// Asking what is new.

async function look() {
  clearTimeout(looking);
  looking = setTimeout(look, LOOK_EVERY_MS);
  if (document.hidden) return;
  const before = kept.length;
  try {
    const answer = await fetch(`/api/shortlists/${list}?stamp=${known.stamp}`, { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) return;
    const told = await answer.json();
    see(told.clock);
    // what was kept before this was asked is in the answer
    kept.splice(0, before);
    if (!told.entries) return;
    Object.assign(known, { stamp: told.stamp, name: told.name, entries: told.entries });
    draw();
  } catch {
    // no network: what is shown stays, and the next look is in three seconds
  }
}

// Drawing: every design has one element for as long as it is in the list.

function draw() {
  if (!known.stamp || box.classList.contains("is-dragging")) return;
  const entries = shown();
  const there = new Map([...box.children].map((one) => [one.dataset.design, one]));
  const focused = document.activeElement;
  entries.forEach((entry, place) => {
    const item = there.get(entry.design) ?? made(entry.design);
    there.delete(entry.design);
    if (box.children[place] !== item) box.insertBefore(item, box.children[place] ?? null);
    fill(item, entry, place + 1);
  });
  for (const item of there.values()) item.remove();
  if (focused !== document.activeElement && focused?.isConnected) focused.focus();
  const name = document.getElementById("list-name");  // as the server wrote it as long as it says the same
  if (known.name && name.textContent !== known.name) name.textContent = known.name;
  document.getElementById("list-count").textContent = say("designs", { count: entries.length });
  document.getElementById("list-empty").hidden = entries.length > 0;
}

function made(design) {
  const item = template.cloneNode(true);
  item.id = `d-${design}`;
  item.dataset.design = design;
  for (const field of item.querySelectorAll('input[name="design"]')) field.value = design;
  for (const link of item.querySelectorAll("a")) link.href = `/design/${design}`;
  return item;
}

function fill(item, entry, number) {
  const { tile, ratings, notes, rejected_by: by } = entry;
  const me = person();
  item.querySelector(".entry-number").textContent = number;
  if (tile) {
    const picture = item.querySelector("img");
    if (!picture.src.endsWith(entry.design)) picture.src = `/thumbs/${entry.design}`;
    tell(item, ".entry-title a", tile.content_title || tile.content_id || tile.style_title || tile.style_id);
    tell(item, ".entry-textile", [tile.style_title || tile.style_id, tile.colorway].filter(Boolean).join(" · "));
  } else {
    tell(item, ".entry-title a", say("gone"));
  }
  item.classList.toggle("is-rejected", Boolean(by));
  tell(item, ".entry-said", by ? say("rejected_by", { name: by }) : "");
  showOthers(item, Object.entries(ratings), Object.entries(notes));
  const mine = ratings[me] ?? 0;
  for (const star of item.querySelectorAll(".star")) {
    star.classList.toggle("is-on", Number(star.dataset.star) <= mine);
    star.setAttribute("aria-pressed", String(Number(star.dataset.star) === mine));
  }
  item.querySelector(".reject button")?.setAttribute("aria-pressed", String(Boolean(by)));
  const note = item.querySelector("textarea");
  if (note && note !== document.activeElement && !writing.has(note) && note.value !== (notes[me] ?? "")) {
    note.value = notes[me] ?? "";
  }
}

function tell(item, where, text) {
  const place = item.querySelector(where);
  if (place && place.textContent !== text) place.textContent = text;
}

function showOthers(item, ratings, notes) {
  const me = person();
  const canWrite = item.querySelector("textarea") !== null;
  const said = [
    ...ratings.filter(([name]) => name !== me).map(([name, stars]) => [`${name} `, "★".repeat(stars), say("stars", { count: stars })]),
    ...notes.filter(([name]) => name !== me || !canWrite).map(([name, text]) => [`${name}: ${text}`]),
  ];
  const place = item.querySelector(".others");
  const key = JSON.stringify(said);
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(
    ...said.map(([text, stars, label]) => {
      const line = document.createElement("li");
      line.append(text);
      if (stars) {
        const mark = document.createElement("span");
        mark.textContent = stars;
        mark.setAttribute("aria-label", label);
        mark.setAttribute("role", "img");
        line.append(mark);
      } else {
        line.className = "others-note";
      }
      return line;
    }),
  );
}

// Doing.

const entryOf = (design) => shown().find((one) => one.design === design);

function rate(design, stars) {
  const now = entryOf(design)?.ratings[person()] === stars ? 0 : stars;
  doIt("rate", { list, design, stars: now });
  announce(now ? say("rated", { count: now }) : say("unrated"));
}

function reject(design) {
  const on = !entryOf(design)?.rejected_by;
  doIt("reject", { list, design, on });
  // what was said outside the list is taken back there
  if (!on) put("reject", { design, on });
  announce(say(on ? "rejected" : "unrejected"));
}

function remove(design) {
  const entries = shown();
  const place = entries.findIndex((one) => one.design === design);
  if (place < 0) return;
  doIt("remove", { list, design, seen: entries[place].adds });
  announce(say("removed", { list: known.name }));
  const next = entries[place + 1] ?? entries[place - 1];
  (next ? item(next.design)?.querySelector(".entry-grip") : document.getElementById("main"))?.focus();
}

/** Put a design to a place, counted from 0. */
function move(design, place) {
  const entries = shown().filter((one) => one.design !== design);
  const to = Math.max(0, Math.min(entries.length, place));
  if (shown()[to]?.design === design) return;
  doIt("move", { list, design, ...(to === entries.length ? {} : { after: entries[to - 1]?.design ?? "" }) });
  announce(say("moved", { place: to + 1, count: entries.length + 1 }));
}

const item = (design) => document.getElementById(`d-${design}`);
const placeOf = (design) => shown().findIndex((one) => one.design === design);

// Notes: kept a moment after the last letter, and at once when one leaves.

const writing = new Map();

function note(field) {
  clearTimeout(writing.get(field));
  writing.delete(field);
  const { design } = field.closest(".entry").dataset;
  if ((entryOf(design)?.notes[person()] ?? "") !== field.value.trim()) {
    doIt("note", { list, design, text: field.value.trim() });
  }
}

box.addEventListener("input", ({ target }) => {
  if (!target.matches("textarea")) return;
  clearTimeout(writing.get(target));
  writing.set(target, setTimeout(note, NOTE_AFTER_MS, target));
});
box.addEventListener("focusout", ({ target }) => {
  if (writing.has(target)) note(target);
});
window.addEventListener("pagehide", () => {
  for (const field of [...writing.keys()]) note(field);
});

box.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!mayChoose()) return;
  const form = event.target;
  const { design } = form.closest(".entry").dataset;
  if (form.matches(".rating")) rate(design, Number(event.submitter.dataset.star));
  else if (form.matches(".reject")) reject(design);
  else if (form.matches(".remove")) remove(design);
});

document.addEventListener("keydown", (event) => {
  const design = event.target.closest?.(".entry")?.dataset.design;
  if (event.altKey && design && !event.target.matches("textarea")) {
    const place = placeOf(design);
    const to = { ArrowLeft: place - 1, ArrowUp: place - 1, ArrowRight: place + 1, ArrowDown: place + 1, Home: 0, End: Infinity }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (mayChoose()) move(design, to);
    item(design)?.scrollIntoView({ block: "nearest" });
    return;
  }
  if (isTyping(event) || document.querySelector("dialog[open]")) return;
  if (event.key === "u") undo();
  else if (!design) return;
  else if (/^[1-5]$/.test(event.key)) rate(design, Number(event.key));
  else if (event.key === "x") reject(design);
  else if (event.key === "Delete") remove(design);
  else return;
  event.preventDefault();
});

for (const field of document.querySelectorAll(".share-link")) {
  field.addEventListener("focus", () => field.select());
}
for (const time of document.querySelectorAll("time[data-until]")) {
  const until = new Date(Number(time.dataset.until) * 1000);
  time.dateTime = until.toISOString();
  time.textContent = until.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

window.addEventListener("toile:outbox", draw);
window.addEventListener("toile:kept", ({ detail }) => {
  kept.push(...detail);
  look();
});
document.addEventListener("visibilitychange", () => document.hidden || look());
await ready;
if (box.querySelector(".entry-grip")) letDrag(box, move);
if (template.querySelector("textarea")) chooseList(list);
look();
