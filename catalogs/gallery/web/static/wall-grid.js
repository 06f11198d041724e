// The wall in the page: rows near the window alone, at the height at which all of them would be.

import { Layout, Runway } from "/static/wall-layout.js";
import { LENGTH, Stretches } from "/static/wall-stretches.js";
import { giveUp, learn, loadPutOff, said, tileOf } from "/static/wall-tile.js";

// Rows this many windows above and below are in the page, too.
const BESIDE = 0.8;
// Faster than this many windows a frame, nothing is asked for: nobody sees it.
const HASTE = 0.7;
const CALM_MS = 120;
const FEW = 200;
// Wider tiles get a larger picture than the thumbnail: two or three are in sight then, not twenty.
const LARGE_PX = 280;

export class Grid {
  /** @param {HTMLElement} box the wall. @param {object} told what becomes of its stretches, and of its place. */
  constructor(box, told) {
    this.box = box;
    this.told = told;
    this.rows = new Map();
    this.runway = new Runway();
    this.current = 0;
    this.isHasty = false;
    this.where = document.getElementById("where");
    window.addEventListener("scroll", () => this.scrolled(), { passive: true });
    window.addEventListener("resize", () => this.again());
    new ResizeObserver(() => this.again()).observe(document.querySelector(".hang"));
    new ResizeObserver(() => this.again()).observe(document.getElementById("controls"));
    box.addEventListener("focusin", (event) => {
      const index = this.indexOf(event.target);
      if (index >= 0) this.current = index;
    });
  }

  /** Take over what the server wrote into the page, and lay the rest out around it. */
  take(place = null) {
    const { dataset } = this.box;
    learn();
    this.stretches?.stop();
    this.total = Number(dataset.total);
    this.version = Number(dataset.version);
    this.query = dataset.query;
    const groups = [...(document.getElementById("groups")?.content.children ?? [])];
    this.groups = groups.map((one) => Number(one.dataset.count));
    this.labels = groups.map((one) => one.textContent);
    this.words = groups.map((one) => one.dataset.word);
    this.stretches = new Stretches(this.query, { version: this.version, choices: dataset.choices }, {
      came: () => this.draw(),
      moved: (kind) => this.told.moved(kind),
      lost: (kind) => this.told.lost(kind),
      back: () => this.told.back(),
    });
    const start = Number(dataset.start);
    const tiles = [...this.box.querySelectorAll("a.tile")];
    for (let from = 0; from < tiles.length; from += LENGTH) {
      const designs = tiles.slice(from, from + LENGTH).map((element) => ({ id: element.dataset.id, element }));
      this.stretches.kept.set((start + from) / LENGTH, designs);
    }
    this.rows.clear();
    this.current = place?.index ?? start;
    if (!this.total) {
      this.box.removeAttribute("role");
      this.box.style.height = "";
      return;
    }
    this.box.setAttribute("role", "grid");
    this.box.setAttribute("aria-label", document.getElementById("count").textContent);
    this.box.replaceChildren();
    this.measure();
    if (place || start) this.jump(place?.index ?? start, place?.within ?? 0);
    this.draw();
  }

  /** Measure a tile and lay all of them out. */
  measure() {
    const probe = document.createElement("div");
    probe.className = "row probe";
    probe.append(tileOf(null));
    this.box.append(probe);
    const style = getComputedStyle(probe);
    const columns = style.gridTemplateColumns.split(" ").length;
    const gap = Number.parseFloat(style.rowGap) || 0;
    const row = probe.getBoundingClientRect().height + gap;
    this.isLarge = probe.firstElementChild.offsetWidth > LARGE_PX;
    const heading = this.groups.length ? 2.75 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize) : 0;
    probe.remove();
    this.gap = gap;
    const bar = document.querySelector(".top");
    this.bar = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight : 0;
    this.measured = `${columns} ${row} ${heading} ${this.box.clientWidth}`;
    this.layout = new Layout({ total: this.total, groups: this.groups, columns, row, heading });
    this.runway.set(this.layout.height, window.innerHeight, this.scrolledBy());
    this.box.style.height = `${this.runway.height}px`;
    this.box.setAttribute("aria-rowcount", String(this.layout.rows));
    this.box.setAttribute("aria-colcount", String(columns));
  }

  /** Lay out again after something changed its size; what one looked at stays where it was. */
  again() {
    if (!this.total || !this.layout) return;
    const before = this.measured;
    const place = this.place();
    this.measure();
    if (this.measured !== before) {
      for (const row of this.rows.values()) row.remove();
      this.rows.clear();
      this.jump(place.index, place.within);
    }
    this.draw();
  }

  /** Return what stands at the window's upper edge: a tile, and how far its row has gone beyond the edge. */
  place() {
    if (!this.layout || this.edge() <= 0) return { index: 0, within: 0 };
    const index = this.layout.at(this.edge());
    return { index, within: Math.round(this.edge() - this.layout.placeOf(index).top) };
  }

  /** Bring a tile's row to the window's upper edge. */
  jump(index, within = 0) {
    const { top } = this.layout.placeOf(Math.min(index, this.total - 1));
    const isFirst = top + within <= this.layout.heading;
    this.goTo(isFirst ? -this.boxTop() : top + within - this.barHeight());
  }

  /** Put the focus on a tile, and bring it into sight. */
  focus(index) {
    this.current = Math.max(0, Math.min(index, this.total - 1));
    const { top } = this.layout.placeOf(this.current);
    const low = this.runway.top + this.barHeight() + this.gap;
    const high = this.runway.top + window.innerHeight - this.gap;
    const above = low - (this.current < this.layout.columns ? top - this.layout.heading : top);
    const below = top + this.layout.row - high;
    if (above > 0 || below > 0) {
      const way = above > 0 ? -above : below;
      if (Math.abs(way) < 2 * window.innerHeight) {
        window.scrollBy({ top: way, behavior: "instant" });
        this.runway.follow(this.scrolledBy());
      } else {
        this.goTo(this.runway.top + way);
      }
    }
    this.draw();
    this.tile(this.current)?.focus({ preventScroll: true });
  }

  /** Return a tile that is in the page. */
  tile(index) {
    for (const row of this.rows.values()) {
      if (index >= row.first && index < row.first + row.count) {
        return row.children[index - row.first].firstElementChild;
      }
    }
    return null;
  }

  /** Return the places of the first and the last tile in the page. */
  inThePage() {
    const rows = [...this.rows.values()].filter((row) => row.count);
    const ends = rows.flatMap((row) => [row.first, row.first + row.count - 1]);
    return ends.length ? [Math.min(...ends), Math.max(...ends)] : [0, -1];
  }

  /** Return the place of the tile in which something is, -1 if it is in none. */
  indexOf(target) {
    const cell = target instanceof Element ? target.closest(".row:not(.of-part) > div") : null;
    return cell ? cell.parentElement.first + Number(cell.ariaColIndex) - 1 : -1;
  }

  /** Return a design by its place, undefined while it is not there. */
  design(index) {
    return this.stretches.get(index);
  }

  goTo(top) {
    const scrolled = Math.round(this.runway.scrolledAt(top));
    window.scrollTo({ top: this.boxTop() + scrolled, behavior: "instant" });
    this.runway.scrolled = this.scrolledBy();
    const isFree = this.runway.wall <= this.runway.tallest;
    this.runway.top = isFree || top < 0 ? this.runway.scrolled : Math.min(top, this.runway.wall - this.runway.window);
  }

  boxTop() {
    return this.box.getBoundingClientRect().top + window.scrollY;
  }

  scrolledBy() {
    return -this.box.getBoundingClientRect().top;
  }

  /** Return how much of the window the page's bar hides. */
  barHeight() {
    return this.bar;
  }

  /** Return the height of the wall at the lower edge of the page's bar. */
  edge() {
    return this.runway.top + this.barHeight();
  }

  scrolled() {
    if (this.frame || !this.layout || !this.total) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const before = this.runway.top;
      this.runway.follow(this.scrolledBy());
      this.isHasty = Math.abs(this.runway.top - before) > HASTE * window.innerHeight;
      this.draw();
      this.tellWhere();
      clearTimeout(this.calming);
      this.calming = setTimeout(() => this.calm(), CALM_MS);
    });
  }

  /** Load what is in sight now that the page stands still, and let the scrollbar tell the truth. */
  calm() {
    this.isHasty = false;
    loadPutOff(this.box);
    const { truth } = this.runway;
    const { top } = this.runway;
    if (this.runway.lift && Math.abs(truth - this.runway.scrolled) > 1) {
      window.scrollTo({ top: this.boxTop() + truth, behavior: "instant" });
      this.runway.scrolled = this.scrolledBy();
      this.runway.top = top;
    }
    this.draw();
    this.where.hidden = true;
    this.told.rested(this.place());
  }

  tellWhere() {
    if (this.total < FEW) return;
    const index = this.layout.at(Math.max(0, this.edge()));
    const label = this.labels[this.layout.partOf(index)] ?? "";
    const place = said("place", { place: (index + 1).toLocaleString("en"), total: this.total.toLocaleString("en") });
    this.where.textContent = label ? `${label} · ${place}` : place;
    this.where.hidden = false;
  }

  /** Put the rows near the window into the page, and take all others out. */
  draw() {
    if (!this.layout || !this.total) return;
    const beside = BESIDE * window.innerHeight;
    const { top, lift } = this.runway;
    const near = this.layout.between(Math.max(0, top - beside), Math.max(0, top + window.innerHeight + beside));
    const keys = new Set(near.map((one) => one.key));
    for (const [key, row] of this.rows) {
      if (!keys.has(key) && !row.contains(document.activeElement)) {
        giveUp(row);
        row.remove();
        this.rows.delete(key);
      }
    }
    // what hears the page reads it in this order
    let next = this.box.firstElementChild;
    for (const one of near) {
      let row = this.rows.get(one.key);
      if (!row) {
        row = one.part === undefined ? this.rowOf(one) : this.headingOf(one);
        this.rows.set(one.key, row);
      } else if (row.missing) {
        this.fill(row);
      }
      row.wallTop = one.top;
      if (row === next) next = next.nextElementSibling;
      else if (row.contains(document.activeElement)) next = row.nextElementSibling;
      else this.box.insertBefore(row, next);
    }
    for (const row of this.rows.values()) {
      if (row.placed !== row.wallTop - lift) {
        row.placed = row.wallTop - lift;
        row.style.top = `${row.placed}px`;
      }
    }
    this.keepTabStop();
    if (!this.isHasty) {
      const tiles = near.filter((one) => one.part === undefined);
      if (tiles.length) this.stretches.want(tiles[0].first, tiles.at(-1).first + tiles.at(-1).count);
    }
  }

  rowOf({ first, count, number }) {
    const row = document.createElement("div");
    row.className = "row";
    row.setAttribute("role", "row");
    row.ariaRowIndex = String(number + 1);
    row.first = first;
    row.count = count;
    row.style.gridTemplateColumns = `repeat(${this.layout.columns}, minmax(0, 1fr))`;
    for (let place = 0; place < count; place += 1) {
      const cell = document.createElement("div");
      cell.setAttribute("role", "gridcell");
      cell.ariaColIndex = String(place + 1);
      row.append(cell);
    }
    this.fill(row);
    return row;
  }

  fill(row) {
    row.missing = false;
    for (const [place, cell] of [...row.children].entries()) {
      const design = this.stretches.get(row.first + place);
      if (!design) row.missing = true;
      if (!cell.firstElementChild || (design && cell.firstElementChild.classList.contains("blank"))) {
        const tile = tileOf(design, this.isHasty, this.isLarge);
        tile.tabIndex = -1;
        const hadFocus = cell.contains(document.activeElement);
        cell.replaceChildren(tile);
        if (hadFocus) tile.focus({ preventScroll: true });
        if (design) this.told.made(design, tile);
      }
    }
    if (!this.isHasty) loadPutOff(row);
  }

  headingOf({ part, number }) {
    const row = document.createElement("div");
    row.className = "row of-part";
    row.setAttribute("role", "row");
    row.ariaRowIndex = String(number + 1);
    const cell = document.createElement("div");
    cell.setAttribute("role", "gridcell");
    cell.ariaColSpan = String(this.layout.columns);
    const heading = document.createElement("h2");
    heading.className = "part";
    const count = document.createElement("span");
    count.className = "count";
    count.textContent = this.groups[part].toLocaleString("en");
    const link = document.createElement("a");
    const alone = new URLSearchParams(this.query);
    alone.delete("group");
    alone.delete(this.box.dataset.group);
    alone.append(this.box.dataset.group, this.words[part]);
    link.href = `/?${alone}`;
    link.dataset.soft = "";
    link.textContent = this.labels[part];
    heading.append(link, " ", count);
    cell.append(heading);
    row.append(cell);
    row.first = -1;
    row.count = 0;
    return row;
  }

  /** Let the Tab key stop at one tile: where one was, else at the first in sight. */
  keepTabStop() {
    const last = this.box.querySelector('.tile[tabindex="0"]');
    let stop = this.tile(this.current);
    if (!stop) {
      const first = this.layout.at(Math.max(0, this.edge()));
      stop = this.tile(first);
    }
    if (last && last !== stop) last.tabIndex = -1;
    if (stop instanceof HTMLAnchorElement) stop.tabIndex = 0;
  }
}
