// Choosing, for every page that shows designs: shortlist, rate, reject, undo, and which list is the current one.
//
//   shortlist(id)   put a design on the current list, or take it off again
//   rate(id, n)     1 to 5; the same once more, or 0, takes the rating away
//   reject(id)      say no, or take that back
//   undo()          take the last of these back
//   look(ids)       ask what was chosen of designs that came into sight
//   choice(id)      {stars, others, rejected, listed, lists, asked}: with what still waits to be sent; asked are
//                   the requests about it, the newest first: {what, state, says, made}
//
// Every element [data-list-picker] becomes the choice of the current list. On window "toile:choices" is told
// (detail: ids, or null for all) when what choice() says has changed.

import { announce } from "/static/page.js";
import { begin, put, see, waiting } from "/static/outbox.js";

const CURRENT = "toile.list";
const MOST_IDS = 300;
const DONE = "toile.done";
const MOST_DONE = 50;
const ASK_AGAIN_MS = 4000;

const known = new Map();
const wanted = new Set();
let me = "";
let mayWrite = false;
let lists = [];
let words = {};
let asking = 0;
const learning = new Map();
let isReady = false;
let inLine = 0;
let line = Promise.resolve();

/** Is settled as soon as it is known who asks and which lists there are. */
export const ready = start();

async function start() {
  const told = await whoAsks();
  isReady = true;
  if (!told) return;
  ({ me, lists, words } = told);
  mayWrite = told.may_write;
  if (mayWrite) begin(me, told.now_ms, told.clock);
  document.documentElement.classList.toggle("may-write", mayWrite);
  showPickers();
  showWaiting();
  tell(null);
}

/** Ask until there is an answer; null where it is that nobody is to know. What waits is kept meanwhile. */
async function whoAsks() {
  for (;;) {
    try {
      const answer = await fetch("/api/choosing");
      if (answer.ok) return await answer.json();
      if (answer.status < 500) return null;
    } catch {
      // no network at the moment
    }
    await new Promise((done) => {
      setTimeout(done, ASK_AGAIN_MS);
      window.addEventListener("online", done, { once: true });
    });
  }
}

/** Return a sentence for this page's script, with its values. */
export function say(name, values = {}) {
  const text = words[`${name}.${values.count === 1 ? "one" : "many"}`] ?? words[name] ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, value) => values[value] ?? whole);
}

/**
 * Do something to a design, or to none, as soon as it is known who is here and what is chosen of the design: at
 * once, or, on a page that has only just come, in the order in which it was asked for.
 */
function inTurn(id, deed) {
  if (isReady && !inLine && (!id || known.has(id))) {
    deed();
    return;
  }
  inLine += 1;
  line = afterwards(line, id, deed)
    .catch(reportError)
    .finally(() => {
      inLine -= 1;
    });
}

async function afterwards(before, id, deed) {
  await before;
  await ready;
  if (id && mayWrite) await learnt(id);
  deed();
}

/** Is settled when the gallery has said what is chosen of a design, or could not be asked. */
function learnt(id) {
  if (known.has(id)) return undefined;
  const told = new Promise((done) => learning.set(id, [...(learning.get(id) ?? []), done]));
  look([id]);
  return told;
}

function endLearning(ids) {
  for (const id of ids) {
    for (const done of learning.get(id) ?? []) done();
    learning.delete(id);
  }
}

/** Say whether who is here may choose; tells them to sign in where not. */
export function mayChoose() {
  if (!mayWrite) note(say("signin"));
  return mayWrite;
}

export const person = () => me;
export const allLists = () => lists;

/** Return the current list: the one chosen last, else one of one's own; undefined where there is none. */
export function currentList() {
  const chosen = localStorage.getItem(CURRENT);
  return lists.find((one) => one.id === chosen) ?? lists.find((one) => one.by === me);
}

/** Make a list the current one. */
export function chooseList(id) {
  localStorage.setItem(CURRENT, id);
  showPickers();
  tell(null);
}

/** Make a new list, which is the current one from now on, and return it. */
export function createList(name) {
  const drawn = [...crypto.getRandomValues(new Uint8Array(6))].map((one) => one.toString(16).padStart(2, "0"));
  const list = { id: `list-${drawn.join("")}`, name: name.trim().slice(0, 120), by: me, count: 0 };
  lists = [list, ...lists];
  doIt("create", { list: list.id, text: list.name });
  chooseList(list.id);
  return list;
}

/** Put a design on the current list, or take it off; without any list a first one is made. */
export function shortlist(id) {
  inTurn(id, () => shortlistNow(id));
}

function shortlistNow(id) {
  if (!mayChoose()) return;
  const list = currentList() ?? createList(say("first_list"));
  if (choice(id).lists.includes(list.id)) {
    doIt("remove", { list: list.id, design: id, seen: adds(id, list.id) });
    announce(say("removed", { list: list.name }));
  } else {
    doIt("add", { list: list.id, design: id });
    announce(say("added", { list: list.name }));
  }
}

/** Rate a design for oneself, or take the rating away. */
export function rate(id, stars) {
  inTurn(id, () => {
    if (!mayChoose()) return;
    const now = choice(id).stars === stars ? 0 : stars;
    doIt("rate", { design: id, stars: now });
    announce(now ? say("rated", { count: now }) : say("unrated"));
  });
}

/** Say no to a design, or take that back. */
export function reject(id) {
  inTurn(id, () => {
    if (!mayChoose()) return;
    const on = !choice(id).rejected;
    doIt("reject", { design: id, on });
    announce(say(on ? "rejected" : "unrejected"));
  });
}

/** Take back the last thing that was done here. */
export function undo() {
  inTurn("", undoNow);
}

function undoNow() {
  const did = doneHere();
  const last = did.pop();
  if (last === undefined) {
    announce(say("nothing_to_undo"));
    return;
  }
  sessionStorage.setItem(DONE, JSON.stringify(did));
  const { id, list, design, was } = last;
  put("undo", { undoes: id, was, ...(list ? { list } : {}), ...(design ? { design } : {}) });
  tell(design ? [design] : null);
  announce(say("undone"));
}

/** Do something that undo() can take back. */
export function doIt(kind, said) {
  const was = said.design && known.has(said.design) ? shown(said.design) : undefined;
  const edit = put(kind, said);
  const { id, list, design } = edit;
  sessionStorage.setItem(DONE, JSON.stringify([...doneHere(), { id, list, design, was }].slice(-MOST_DONE)));
  tell(design ? [design] : null);
  return edit;
}

function doneHere() {
  try {
    return JSON.parse(sessionStorage.getItem(DONE) ?? "[]");
  } catch {
    return [];
  }
}

/** Return what is chosen of a design, what still waits included. */
export function choice(id) {
  const { ratings, rejected, adds, asked } = shown(id);
  const { [me]: stars = 0, ...others } = ratings;
  const on = Object.keys(adds);
  return { stars, others, rejected, lists: on, listed: on.includes(currentList()?.id), asked };
}

/** Return what the gallery last said of a design, with what waits laid over it. */
function shown(id) {
  return waiting().reduce((now, edit) => (edit.design === id ? after(now, edit) : now), known.get(id) ?? NOTHING);
}

const NOTHING = { ratings: {}, rejected: false, adds: {}, asked: [] };

function after(now, edit) {
  const { kind, list } = edit;
  if (kind === "undo") return edit.was ?? now;
  if (kind === "add") return { ...now, adds: { ...now.adds, [list]: [...(now.adds[list] ?? []), edit.id] } };
  if (kind === "remove") {
    const { [list]: _, ...adds } = now.adds;
    return { ...now, adds };
  }
  if (kind === "rate" && !list) {
    const { [me]: _, ...ratings } = now.ratings;
    return { ...now, ratings: edit.stars ? { ...ratings, [me]: edit.stars } : ratings };
  }
  if (kind === "reject" && !list) return { ...now, rejected: edit.on };
  return now;
}

function adds(id, list) {
  return shown(id).adds[list] ?? [];
}

/** Ask what was chosen of designs; many calls of one moment are one request. */
export function look(ids) {
  for (const id of ids) wanted.add(id);
  clearTimeout(asking);
  asking = setTimeout(ask, 30);
}

async function ask() {
  const ids = [...wanted].slice(0, MOST_IDS);
  if (!ids.length) return;
  for (const id of ids) wanted.delete(id);
  try {
    const answer = await fetch(`/api/choices?${ids.map((id) => `ids=${id}`).join("&")}`);
    if (!answer.ok) return;
    const { choices, clock } = await answer.json();
    for (const id of ids) {
      const { ratings = {}, rejected_by: by, lists: adds = {}, asked = [] } = choices[id] ?? {};
      known.set(id, { ratings, rejected: Boolean(by), adds, asked });
    }
    see(clock);
    tell(ids);
  } catch {
    for (const id of ids) wanted.add(id);
    asking = setTimeout(ask, 5000);
    return;
  } finally {
    endLearning(ids);
  }
  if (wanted.size) ask();
}

function tell(ids) {
  window.dispatchEvent(new CustomEvent("toile:choices", { detail: ids }));
}

// The current list.

function showPickers() {
  for (const place of document.querySelectorAll("[data-list-picker]")) showPicker(place);
}

function showPicker(place) {
  if (!mayWrite) {
    place.replaceChildren();
    return;
  }
  const label = document.createElement("label");
  label.className = "list-picker";
  const select = document.createElement("select");
  select.className = "field";
  for (const one of lists) select.append(new Option(one.name, one.id));
  if (!currentList()) select.prepend(new Option(say("no_list"), ""));
  select.append(new Option(say("new_list"), "+"));
  select.value = currentList()?.id ?? "";
  select.addEventListener("change", () => {
    if (select.value === "+") askForName();
    else if (select.value) chooseList(select.value);
  });
  const said = document.createElement("span");
  said.textContent = say("current_list");
  label.append(said, select);
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(label);
  if (hadFocus) select.focus();
}

/** Ask for a new list's name. */
export function askForName() {
  const opener = document.activeElement?.closest("[data-list-picker]");
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "new-list");
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "new-list";
  const heading = document.createElement("h2");
  heading.id = "new-list";
  heading.textContent = say("new_list_heading");
  const field = document.createElement("input");
  field.className = "field";
  field.maxLength = 120;
  field.required = true;
  field.setAttribute("aria-labelledby", "new-list");
  const make = document.createElement("button");
  make.className = "button chosen";
  make.textContent = say("create");
  const leave = document.createElement("button");
  leave.className = "button";
  leave.type = "button";
  leave.textContent = say("leave");
  leave.addEventListener("click", () => dialog.close());
  const buttons = document.createElement("p");
  buttons.append(make, leave);
  form.append(heading, field, buttons);
  form.addEventListener("submit", () => {
    if (field.value.trim()) createList(field.value);
  });
  dialog.append(form);
  dialog.addEventListener("close", () => {
    dialog.remove();
    showPickers();
    opener?.querySelector("select").focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

// What waits to be sent, where everybody sees it.

const box = document.createElement("div");
box.className = "outbox";
box.hidden = true;
const sentence = document.createElement("p");
sentence.setAttribute("role", "status");
box.append(sentence);
let noted = 0;
let showing = 0;

function showWaiting() {
  const count = waiting().length;
  clearTimeout(showing);
  if (noted) return;
  // what arrives at once is not worth a word
  if (!count) box.hidden = true;
  else showing = setTimeout(() => setSentence(say("waiting", { count: waiting().length })), box.hidden ? 700 : 0);
}

function setSentence(text) {
  sentence.textContent = text;
  box.hidden = !text;
}

/** Say something where everybody sees it, for a while. */
export function note(text) {
  clearTimeout(noted);
  setSentence(text);
  noted = setTimeout(() => {
    noted = 0;
    box.hidden = true;
    showWaiting();
  }, 6000);
}

window.addEventListener("toile:outbox", () => {
  showWaiting();
  tell(null);
});
window.addEventListener("toile:kept", ({ detail }) => {
  for (const edit of detail) {
    if (edit.design) known.set(edit.design, after(known.get(edit.design) ?? NOTHING, edit));
  }
  look(detail.map((one) => one.design).filter(Boolean));
});
window.addEventListener("toile:refused", ({ detail }) => {
  note(say("refused", { why: detail.why }));
  if (detail.edit.design) look([detail.edit.design]);
});
window.addEventListener("toile:signin", () => note(say("signin_again", { count: waiting().length })));

document.body.append(box);
