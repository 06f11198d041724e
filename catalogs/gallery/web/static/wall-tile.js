// One tile, as the server writes the first ones (templates/tile.html).

const THUMB_PX = 256;
const box = () => document.getElementById("shown");
let told;

/** Take the words that tiles are written with from the page. */
export function learn() {
  const { dataset } = box();
  told = {
    latest: dataset.latest,
    query: dataset.query,
    design: dataset.design,
    fresh: dataset.fresh,
    near: dataset.near,
    cloth: dataset.cloth,
    said: JSON.parse(dataset.said),
    flags: JSON.parse(dataset.flags),
    status: JSON.parse(dataset.status),
  };
}

/** Return what a sentence of the page's script says, with its values put in. */
export function said(name, values = {}) {
  return told.said[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
}

/** Return a tile for a design; without one, the place where it will be. */
export function tileOf(design, isHasty, isLarge) {
  if (!design) return blank();
  const tile = design.element ?? filled(design);
  const image = tile.querySelector("img");
  // a thumbnail is no longer than this; enlarged further it would be soft
  const isMore = isLarge && Number(tile.dataset.side) > THUMB_PX;
  const source = isMore ? `/images/${design.id}?size=512` : `/thumbs/${design.id}`;
  if (image.getAttribute("src") !== source) {
    if (isHasty) image.dataset.src = source;
    else image.src = source;
  }
  return tile;
}

/** Load the pictures that were put off. */
export function loadPutOff(rows) {
  for (const image of rows.querySelectorAll("img[data-src]")) {
    image.src = image.dataset.src;
    delete image.dataset.src;
  }
}

/** Give up loading pictures that nobody sees any more. */
export function giveUp(row) {
  for (const image of row.querySelectorAll("img")) {
    if (!image.complete) {
      image.dataset.src = image.dataset.src ?? image.getAttribute("src");
      image.removeAttribute("src");
    }
  }
}

/** Return what says how many designs a tile stands for. */
function nearMark(count) {
  const sentence = told.near.replace("{count}", String(count));
  const mark = element("span", "mark near");
  const sign = element("span", "", `× ${count}`);
  mark.title = sentence;
  sign.setAttribute("aria-hidden", "true");
  mark.append(sign, element("span", "unseen", sentence));
  return mark;
}

function filled(design) {
  const what = design.content_title || design.content_id || "";
  const of = design.style_title || design.style_id || "";
  const tile = element("a", "tile");
  const isPage = told.design === "/design/";
  tile.href = `${told.design}${design.id}${isPage && told.query ? `?${told.query}` : ""}`;
  tile.dataset.id = design.id;
  tile.dataset.side = String(Math.max(design.width_px, design.height_px));
  const image = document.createElement("img");
  image.alt = what ? `${what}, ${of}` : of;
  image.decoding = "async";
  const picture = element("span", "picture");
  picture.append(image);
  const second = what ? of : told.cloth.replace("{recipe}", design.recipe ?? "");
  const marks = element("span", "marks");
  if (told.latest && design.batch_id === told.latest) marks.append(element("span", "mark fresh", told.fresh));
  for (const flag of design.flags) marks.append(element("span", "mark", told.flags[flag] ?? flag));
  if (design.stands_for > 1) marks.append(nearMark(design.stands_for));
  if (design.status !== "ok") marks.append(element("span", "mark", told.status[design.status] ?? design.status));
  const caption = element("span", "caption");
  for (const [name, text] of [["what", what || of], ["of", second]]) {
    const line = element("span", name, text);
    line.setAttribute("aria-hidden", "true");
    caption.append(line);
  }
  caption.append(marks);
  tile.append(picture, caption);
  design.element = tile;
  return tile;
}

function blank() {
  const tile = element("div", "tile blank");
  const caption = element("span", "caption");
  caption.append(element("span", "what"), element("span", "of"));
  tile.append(element("span", "picture"), caption);
  return tile;
}

function element(tag, names, text = "") {
  const made = document.createElement(tag);
  made.className = names;
  if (text) made.textContent = text;
  return made;
}
