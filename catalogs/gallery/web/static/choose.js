// Choosing the designs of a page: buttons that say what is chosen of each, and the wall's keys for it.
//
// On a page of one design the keys are for that one. Where designs stand side by side, each in a
// [data-choose-of], they are for the one that is marked as meant (compare.js).

import { announce, isTyping } from "/static/page.js";
import { choice, look, mayChoose, rate, ready, reject, say, shortlist, undo } from "/static/choosing.js";

const boxes = [...document.querySelectorAll("[data-choose]")];

function tell(box) {
  const { stars, others, rejected, listed, asked } = choice(box.dataset.choose);
  box.querySelector("[data-shortlist]").setAttribute("aria-pressed", String(listed));
  box.querySelector("[data-shortlist]").classList.toggle("chosen", listed);
  box.querySelector("[data-reject]").setAttribute("aria-pressed", String(rejected));
  box.querySelector("[data-reject]").classList.toggle("chosen", rejected);
  for (const star of box.querySelectorAll("[data-star]")) {
    star.classList.toggle("is-on", Number(star.dataset.star) <= stars);
    star.setAttribute("aria-pressed", String(Number(star.dataset.star) === stars));
  }
  show(box, "[data-others]", Object.entries(others).map(([name, count]) => `${name}: ${say("stars", { count })}`));
  show(box, "[data-asked]", asked.map((one) => `${one.what}: ${one.says}`), "/requests");
}

function show(box, where, sentences, address) {
  box.querySelector(where).replaceChildren(
    ...sentences.map((sentence) => {
      const line = document.createElement("li");
      const link = document.createElement(address ? "a" : "span");
      if (address) link.href = address;
      link.textContent = sentence;
      line.append(link);
      return line;
    }),
  );
}

/** Return the design that a key is for, "" where none is meant. */
function meant() {
  if (!document.querySelector("[data-choose-of]")) return boxes[0].dataset.choose;
  return document.querySelector("[data-choose-of].is-meant")?.dataset.chooseOf ?? "";
}

function act(key) {
  const deeds = { s: shortlist, x: reject };
  if (key === "u") {
    undo();
    return true;
  }
  if (!(key in deeds) && !/^[1-5]$/.test(key)) return false;
  const design = meant();
  if (!design) announce(say("choose_first"));
  else if (key in deeds) deeds[key](design);
  else rate(design, Number(key));
  return true;
}

if (boxes.length) {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event) || document.querySelector("dialog[open]")) return;
    if (act(event.key)) event.preventDefault();
  });
  await ready;
  for (const box of boxes) {
    box.querySelector(".choose-now").hidden = false;
    box.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      const design = box.dataset.choose;
      if (!button || !mayChoose()) return;
      if (button.matches("[data-shortlist]")) shortlist(design);
      else if (button.matches("[data-reject]")) reject(design);
      else if (button.dataset.star) rate(design, Number(button.dataset.star));
    });
  }
  window.addEventListener("toile:choices", ({ detail }) => {
    for (const box of boxes) if (!detail || detail.includes(box.dataset.choose)) tell(box);
  });
  look(boxes.map((box) => box.dataset.choose));
  for (const box of boxes) tell(box);
}
