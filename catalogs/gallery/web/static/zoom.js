// A picture on a stage that can be made larger and moved: wheel, drag, pinch, keys.
//
// What is seen is {zoom, x, y}: zoom 1 shows all of the picture, x and y are the place of the picture, from 0
// to 1, that is in the middle of the stage. It means the same on any picture of the same shape, so that
// several stages can be kept in step.

const STEP = 1.25;
const MOVE = 0.15;
const MOST = 32;

export class Zoom {
  /**
   * @param stage: element whose children with the class "layer" hold one picture each.
   * @param size: {width, height} of the picture, px.
   * @param changed: is told of every change that a person makes.
   */
  constructor(stage, size, changed = () => {}) {
    this.stage = stage;
    this.size = size;
    this.changed = changed;
    this.seen = { zoom: 1, x: 0.5, y: 0.5 };
    this.pointers = new Map();
    this.observer = new ResizeObserver(() => this.show(this.seen));
    this.observer.observe(stage);
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.#down(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      stage.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    stage.addEventListener("dblclick", (event) => this.toggleWhole(event));
    stage.addEventListener("dragstart", (event) => event.preventDefault());
  }

  /** How large the picture is when all of it is seen, CSS px. */
  get fit() {
    const { clientWidth, clientHeight } = this.stage;
    const scale = Math.min(clientWidth / this.size.width, clientHeight / this.size.height);
    return { width: this.size.width * scale, height: this.size.height * scale };
  }

  /** The zoom at which one pixel of the picture is one of the screen. */
  get whole() {
    return this.size.width / (this.fit.width * devicePixelRatio);
  }

  /** Of one pixel of the screen, how many of the picture it is high, in percent. */
  get percent() {
    return Math.round((100 * this.seen.zoom) / this.whole);
  }

  /** Show what another stage shows; nobody is told. */
  show({ zoom, x, y }) {
    const { width, height } = this.fit;
    const { clientWidth, clientHeight } = this.stage;
    if (!width || !height) return;
    zoom = Math.min(Math.max(zoom, Math.min(1, this.whole)), Math.max(MOST, this.whole));
    this.seen = { zoom, x: held(x, clientWidth / (width * zoom)), y: held(y, clientHeight / (height * zoom)) };
    const left = (0.5 - this.seen.x) * width * zoom;
    const top = (0.5 - this.seen.y) * height * zoom;
    // a small picture that fills the stage stays smooth; who goes closer sees pixels
    const isGrain = zoom > 1.001 && (100 * zoom) / this.whole >= 400;
    for (const picture of this.stage.querySelectorAll(".layer > img, .layer > canvas")) {
      Object.assign(picture.style, {
        width: `${width}px`,
        height: `${height}px`,
        transform: `translate(calc(${left}px - 50%), calc(${top}px - 50%)) scale(${zoom})`,
        imageRendering: isGrain ? "pixelated" : "auto",
      });
    }
    this.stage.classList.toggle("is-large", zoom > 1.001);
    this.stage.dispatchEvent(new Event("zoomed"));
  }

  /** Make the picture larger about a point of the stage, its middle where none is told. */
  by(factor, at = null) {
    const { width, height } = this.fit;
    const { zoom, x, y } = this.seen;
    const box = this.stage.getBoundingClientRect();
    const across = at ? at.clientX - box.left - box.width / 2 : 0;
    const down = at ? at.clientY - box.top - box.height / 2 : 0;
    const next = Math.min(Math.max(zoom * factor, Math.min(1, this.whole)), Math.max(MOST, this.whole));
    const less = 1 / zoom - 1 / next;
    this.#tell({ zoom: next, x: x + (across / width) * less, y: y + (down / height) * less });
  }

  /** Move the picture by CSS px. */
  pan(across, down) {
    const { width, height } = this.fit;
    const { zoom, x, y } = this.seen;
    this.#tell({ zoom, x: x - across / (width * zoom), y: y - down / (height * zoom) });
  }

  /** Show all of the picture. */
  showAll() {
    this.#tell({ zoom: 1, x: 0.5, y: 0.5 });
  }

  /** Show the picture pixel by pixel. */
  showWhole(at = null) {
    this.by(this.whole / this.seen.zoom, at);
  }

  /** Show it pixel by pixel, or all of it where it is so already. */
  toggleWhole(at = null) {
    if (Math.abs(this.seen.zoom / this.whole - 1) < 0.01) this.showAll();
    else this.showWhole(at);
  }

  /** Do what a key means here; say whether it meant anything. */
  key(event) {
    const step = MOVE * Math.min(this.stage.clientWidth, this.stage.clientHeight);
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const isLarge = this.seen.zoom > 1.001;
    if (event.key === "+" || event.key === "=") this.by(STEP);
    else if (event.key === "-" || event.key === "_") this.by(1 / STEP);
    else if (event.key === "0") this.showAll();
    else if (event.key === "z") this.toggleWhole();
    else if (event.key in moves && isLarge && this.stage.contains(document.activeElement)) {
      this.pan(...moves[event.key]);
    } else return false;
    return true;
  }

  #tell(seen) {
    this.show(seen);
    this.changed(this.seen);
  }

  #wheel(event) {
    const factor = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002));
    const before = this.seen.zoom;
    this.by(factor, event);
    // at its smallest a picture lets the page scroll
    if (this.seen.zoom !== before) event.preventDefault();
  }

  #down(event) {
    if (event.button !== 0 || event.target.closest("input, button, a")) return;
    // a finger moves the page, until the picture is larger than the stage or there is another finger
    this.pointers.set(event.pointerId, event);
    if (event.pointerType !== "touch" || this.seen.zoom > 1.001 || this.pointers.size > 1) {
      this.stage.setPointerCapture(event.pointerId);
    }
  }

  #move(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const others = [...this.pointers.values()].filter((one) => one.pointerId !== event.pointerId);
    this.pointers.set(event.pointerId, event);
    if (others.length === 0) {
      this.pan(event.clientX - last.clientX, event.clientY - last.clientY);
      return;
    }
    const [other] = others;
    const middle = { clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 };
    this.by(apart(event, other) / Math.max(1, apart(last, other)), middle);
    this.pan((event.clientX - last.clientX) / 2, (event.clientY - last.clientY) / 2);
  }
}

/** Return a place such that no more than the picture is seen; its middle where all of it is. */
function held(place, share) {
  return share >= 1 ? 0.5 : Math.min(Math.max(place, share / 2), 1 - share / 2);
}

function apart(one, other) {
  return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
}
