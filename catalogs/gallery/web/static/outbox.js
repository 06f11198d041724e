// Edits on their way to the gallery: kept in this browser until they have arrived, and sent again by themselves.
//
// An edit has an id of its own from the moment it is made, so that sending it twice is sending it once. Ids sort
// by time and after all that was seen here (a hybrid logical clock: <12 hex of ms><4 hex of a counter>-<8 drawn>),
// whatever the clock of this machine says.
//
// On window: "toile:outbox" when what waits has changed, "toile:kept" (detail: the edits) when some arrived,
// "toile:refused" (detail: {edit, why}) when one cannot be done, "toile:signin" when nobody is signed in.

const MOST_AT_ONCE = 100;
const SOON_MS = 40;
const PATIENCE_MS = 10_000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];
const CLOCK = "toile.clock";

let person = "";
let offset = 0;
let failures = 0;
let timer = 0;
let isSending = false;

const key = () => `toile.outbox.${person}`;

function tell(name, detail) {
  window.dispatchEvent(new CustomEvent(`toile:${name}`, { detail }));
}

/** Begin for a person: what waits of theirs is sent, and of nobody else's. */
export function begin(name, nowMs, clock) {
  person = name;
  offset = nowMs - Date.now();
  see(clock);
  tell("outbox");
  send();
}

/** Return the edits that wait, the oldest first. */
export function waiting() {
  try {
    const kept = JSON.parse(localStorage.getItem(key()) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one?.id === "string" && one.kind) : [];
  } catch {
    return [];
  }
}

/** Take note of an edit's id: ids made here come after it. */
export function see(id) {
  if (id && id > (localStorage.getItem(CLOCK) ?? "")) localStorage.setItem(CLOCK, id);
}

/** Put an edit in and send it; return it with its id. Without a list it is the house's. */
export function put(kind, said) {
  const made = { id: newId(), kind, ...said };
  keep([...waiting(), made]);
  plan(SOON_MS);
  return made;
}

function newId() {
  const seen = localStorage.getItem(CLOCK) ?? "";
  let ms = Math.max(0, Math.floor(Date.now() + offset));
  let count = 0;
  if (seen && parseInt(seen.slice(0, 12), 16) >= ms) {
    ms = parseInt(seen.slice(0, 12), 16);
    count = parseInt(seen.slice(12, 16), 16) + 1;
    if (count > 0xffff) [ms, count] = [ms + 1, 0];
  }
  const drawn = crypto.getRandomValues(new Uint32Array(1))[0];
  const id = `${hex(ms, 12)}${hex(count, 4)}-${hex(drawn, 8)}`;
  see(id);
  return id;
}

function hex(number, digits) {
  return number.toString(16).padStart(digits, "0");
}

function keep(edits) {
  if (edits.length) localStorage.setItem(key(), JSON.stringify(edits));
  else localStorage.removeItem(key());
  tell("outbox");
}

function plan(ms) {
  clearTimeout(timer);
  timer = setTimeout(send, ms);
}

/** Send what waits; what does not arrive is sent again after a while, or when the network is back. */
export async function send() {
  if (isSending || !person || !waiting().length) return;
  isSending = true;
  try {
    // two windows of one person take turns; both sending the same would do no harm
    await (navigator.locks ? navigator.locks.request(key(), sendSome) : sendSome());
    failures = 0;
  } catch (error) {
    if (error instanceof Refusal) {
      tell("signin");
      return;
    }
    plan(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
  } finally {
    isSending = false;
  }
  if (!failures && waiting().length) plan(0);
}

class Refusal extends Error {}

async function sendSome() {
  const edits = waiting().slice(0, MOST_AT_ONCE);
  if (!edits.length) return;
  const answer = await fetch("/api/shortlists/edits", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...tokenHeader() },
    body: JSON.stringify({ edits }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.status === 401 || answer.status === 403) throw new Refusal();
  if (!answer.ok) throw new Error(`the gallery answered ${answer.status}`);
  const { results, now_ms: nowMs } = await answer.json();
  offset = nowMs - Date.now();
  take(edits, results);
}

/** Return the header that says that a page of the gallery asks. */
export function tokenHeader() {
  const token = document.querySelector('meta[name="token"]')?.content;
  return token ? { "X-Toile-Token": token } : {};
}

function take(edits, results) {
  const kept = edits.filter((_, place) => results[place]?.kept);
  const gone = new Set(edits.map((one) => one.id));
  const again = new Map();
  edits.forEach((edit, place) => {
    const { kept: isKept, code, why } = results[place];
    if (isKept) return;
    if (code === "clock_ahead" || code === "id_taken") {
      if (code === "clock_ahead") localStorage.removeItem(CLOCK);
      gone.delete(edit.id);
      again.set(edit.id, newId());
    } else {
      tell("refused", { edit, why });
    }
  });
  // told first: whoever shows them takes them over before they stop waiting
  if (kept.length) tell("kept", kept);
  const left = waiting().filter((one) => !gone.has(one.id));
  keep(left.map((one) => renamed(one, again)));
}

function renamed(edit, again) {
  const changed = { ...edit, id: again.get(edit.id) ?? edit.id };
  if (again.has(edit.undoes)) changed.undoes = again.get(edit.undoes);
  return changed;
}

window.addEventListener("online", () => {
  failures = 0;
  send();
});
window.addEventListener("storage", (event) => {
  if (event.key === key()) tell("outbox");
});
