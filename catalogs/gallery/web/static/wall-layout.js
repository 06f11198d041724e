// Where every tile of the wall is, by sums alone: nothing is measured and nothing is in the page.

/**
 * A wall of tiles in rows, with a heading over each group.
 *
 * All lengths are in pixels, from the wall's upper edge.
 */
export class Layout {
  /**
   * @param {{total: number, groups: number[], columns: number, row: number, heading: number}} wall
   *   groups: how many tiles each group has, [] for a wall without groups; row, heading: heights with gaps.
   */
  constructor({ total, groups, columns, row, heading }) {
    this.total = total;
    this.columns = columns;
    this.row = row;
    this.heading = groups.length ? heading : 0;
    this.parts = [];
    let first = 0;
    let top = 0;
    let rows = 0;
    for (const count of groups.length ? groups : [total]) {
      this.parts.push({ first, count, top, rows });
      first += count;
      top += this.heading + Math.ceil(count / columns) * row;
      rows += Math.ceil(count / columns) + (this.heading ? 1 : 0);
    }
    this.height = top;
    this.rows = rows;
  }

  /** Return the number of the part in which something is: by "first" of a tile, by "top" of a height. */
  partOf(value, by = "first") {
    let low = 0;
    let high = this.parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.parts[middle][by] <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Return where a tile's row begins, and which of the row's places is its own. */
  placeOf(index) {
    const part = this.parts[this.partOf(index)];
    const within = index - part.first;
    return {
      top: part.top + this.heading + Math.floor(within / this.columns) * this.row,
      column: within % this.columns,
    };
  }

  /** Return the first tile of the row at a height. */
  at(top) {
    const part = this.parts[this.partOf(top, "top")];
    const row = Math.max(0, Math.floor((top - part.top - this.heading) / this.row));
    return Math.max(0, Math.min(part.first + row * this.columns, part.first + part.count - 1));
  }

  /** Return the rows that reach into a stretch of the wall, headings among them, from above to below. */
  between(top, bottom) {
    const found = [];
    if (!this.total) return found;
    for (let number = this.partOf(top, "top"); number < this.parts.length; number += 1) {
      const part = this.parts[number];
      if (part.top >= bottom) break;
      if (this.heading && part.top + this.heading > top) {
        found.push({ key: `part ${number}`, part: number, top: part.top, number: part.rows });
      }
      const start = part.top + this.heading;
      const rows = Math.ceil(part.count / this.columns);
      const from = Math.max(0, Math.floor((top - start) / this.row));
      for (let row = from; row < rows && start + row * this.row < bottom; row += 1) {
        const first = part.first + row * this.columns;
        found.push({
          key: `row ${first}`,
          first,
          count: Math.min(this.columns, part.first + part.count - first),
          top: start + row * this.row,
          number: part.rows + row + (this.heading ? 1 : 0),
        });
      }
    }
    return found;
  }

  /** Return the tile above (-1) or below (1) another, or the same where there is none. */
  beside(index, way) {
    const number = this.partOf(index);
    const part = this.parts[number];
    const within = index - part.first;
    const next = within + way * this.columns;
    if (next >= 0 && next < part.count) return index + way * this.columns;
    const lastRow = Math.floor((part.count - 1) / this.columns);
    if (way > 0 && Math.floor(within / this.columns) < lastRow) return part.first + part.count - 1;
    const other = this.parts[number + way];
    if (!other) return index;
    const column = within % this.columns;
    const row = way > 0 ? 0 : Math.floor((other.count - 1) / this.columns);
    return other.first + Math.min(row * this.columns + column, other.count - 1);
  }
}

// No browser lays out an element of more than about 17 million pixels (Firefox) or 33 million (others).
export const TALLEST = 15_000_000;

/**
 * A wall that may be taller than any element: the scrollbar goes over a shorter one. Scrolling by hand
 * moves the wall as far as the page; a drag of the scrollbar jumps to the same share of both.
 */
export class Runway {
  constructor(tallest = TALLEST) {
    this.tallest = tallest;
    this.set(0, 0, 0);
  }

  /** Take the wall's height, that of the window and where the page is scrolled to; all else follows. */
  set(wall, window, scrolled) {
    this.wall = wall;
    this.window = window;
    this.height = Math.min(wall, this.tallest);
    this.scrolled = scrolled;
    this.top = this.topAt(scrolled);
  }

  /** Return which height of the wall belongs to a scroll position, if one jumps there. */
  topAt(scrolled) {
    if (this.wall <= this.tallest || scrolled <= 0) return scrolled;
    const share = scrolled / Math.max(1, this.height - this.window);
    return share >= 1 ? this.wall - this.height + scrolled : share * (this.wall - this.window);
  }

  /** Return the scroll position from which a height of the wall is seen. */
  scrolledAt(top) {
    if (this.wall <= this.tallest || top <= 0) return top;
    return (top / Math.max(1, this.wall - this.window)) * (this.height - this.window);
  }

  /** Follow the page to a scroll position. */
  follow(scrolled) {
    const moved = scrolled - this.scrolled;
    const isNear = Math.abs(moved) < 4 * this.window && scrolled > 0 && scrolled < this.height - this.window;
    this.top = isNear ? Math.max(0, Math.min(this.top + moved, this.wall - this.window)) : this.topAt(scrolled);
    this.scrolled = scrolled;
  }

  /** How much further up things are in the page than on the wall. */
  get lift() {
    return this.top - this.scrolled;
  }

  /** Return where the page should be scrolled to, so that its scrollbar tells the truth again. */
  get truth() {
    return Math.round(this.scrolledAt(this.top));
  }
}
