// Choosing the one design of a page: buttons that say what is chosen, and the wall's keys for it.

import { isTyping } from "/static/page.js";
import { choice, look, mayChoose, rate, ready, reject, say, shortlist, undo } from "/static/choosing.js";

const box = document.querySelector("[data-choose]");
const design = box?.dataset.choose;

function tell() {
  const { stars, others, rejected, listed, asked } = choice(design);
  box.querySelector("[data-shortlist]").setAttribute("aria-pressed", String(listed));
  box.querySelector("[data-shortlist]").classList.toggle("chosen", listed);
  box.querySelector("[data-reject]").setAttribute("aria-pressed", String(rejected));
  box.querySelector("[data-reject]").classList.toggle("chosen", rejected);
  for (const star of box.querySelectorAll("[data-star]")) {
    star.classList.toggle("is-on", Number(star.dataset.star) <= stars);
    star.setAttribute("aria-pressed", String(Number(star.dataset.star) === stars));
  }
  show("[data-others]", Object.entries(others).map(([name, count]) => `${name}: ${say("stars", { count })}`));
  show("[data-asked]", asked.map((one) => `${one.what}: ${one.says}`), "/requests");
}

function show(where, sentences, address) {
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

if (box) {
  await ready;
  box.querySelector(".choose-now").hidden = false;
  box.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button || !mayChoose()) return;
    if (button.matches("[data-shortlist]")) shortlist(design);
    else if (button.matches("[data-reject]")) reject(design);
    else if (button.dataset.star) rate(design, Number(button.dataset.star));
  });
  document.addEventListener("keydown", (event) => {
    if (isTyping(event) || document.querySelector("dialog[open]")) return;
    if (event.key === "s") shortlist(design);
    else if (event.key === "x") reject(design);
    else if (event.key === "u") undo();
    else if (/^[1-5]$/.test(event.key)) rate(design, Number(event.key));
    else return;
    event.preventDefault();
  });
  window.addEventListener("toile:choices", tell);
  look([design]);
  tell();
}
