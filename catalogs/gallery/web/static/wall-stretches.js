// Stretches of a view, asked for as they come into sight; what scrolled past is no longer asked for.

export const LENGTH = 60;
const KEPT = 80;
const AGAIN_MS = 2000;

export class Stretches {
  /**
   * @param {string} query the view.
   * @param {{version: number, choices: string}} of the collection, and of what people chose where the view is
   *   of that; nothing moves while one looks at it.
   * @param {{came: () => void, moved: (kind: "news" | "moved") => void, lost: (kind: string) => void,
   *   back: () => void}} told what is told: a stretch is there, the view is another one now, no answer, an answer.
   */
  constructor(query, of, told) {
    this.query = query;
    this.of = of;
    this.told = told;
    this.kept = new Map();
    this.asked = new Map();
    this.timer = 0;
    this.wanted = [];
  }

  /** Return a design, or undefined while it is not there. */
  get(index) {
    return this.kept.get(Math.floor(index / LENGTH))?.[index % LENGTH];
  }

  /** Ask for what is between two places and not there yet, and give up what is far from them. */
  want(from, to) {
    const first = Math.floor(from / LENGTH);
    const last = Math.floor(Math.max(from, to - 1) / LENGTH);
    this.wanted = Array.from({ length: last - first + 1 }, (_, place) => first + place);
    for (const [number, asking] of this.asked) {
      if (number < first - 1 || number > last + 1) {
        asking.abort();
        this.asked.delete(number);
      }
    }
    for (const number of this.wanted) {
      const there = this.kept.get(number);
      if (there) {
        this.kept.delete(number);
        this.kept.set(number, there);
      } else if (!this.asked.has(number)) {
        this.ask(number);
      }
    }
    for (const number of this.kept.keys()) {
      if (this.kept.size <= Math.max(KEPT, 2 * this.wanted.length)) break;
      this.kept.delete(number);
    }
  }

  /** Ask for nothing any more. */
  stop() {
    clearTimeout(this.timer);
    for (const asking of this.asked.values()) asking.abort();
    this.asked.clear();
    this.wanted = [];
  }

  async ask(number) {
    const asking = new AbortController();
    this.asked.set(number, asking);
    const wanted = new URLSearchParams(this.query);
    const { version, choices } = this.of;
    for (const [name, value] of Object.entries({ start: number * LENGTH, count: LENGTH, version, choices })) {
      wanted.append(name, value);
    }
    try {
      const answer = await fetch(`/api/designs?${wanted}`, {
        signal: asking.signal,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      this.asked.delete(number);
      this.told.back();
      if (found.version !== version || found.choices !== choices) {
        this.told.moved(found.version === version ? "moved" : "news");
        return;
      }
      this.kept.set(number, found.tiles);
      this.told.came();
    } catch (error) {
      if (asking.signal.aborted) return;
      this.asked.delete(number);
      this.told.lost(error instanceof TypeError ? "offline" : "failed");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.again(), AGAIN_MS);
    }
  }

  again() {
    for (const number of this.wanted) {
      if (!this.kept.has(number) && !this.asked.has(number)) this.ask(number);
    }
  }
}
