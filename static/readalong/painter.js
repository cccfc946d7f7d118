/**
 * Lights up ranges without touching the text, so that screen readers hear it once and copying stays whole:
 * by the CSS Custom Highlight API, or where that is missing by boxes behind the words.
 */

const RANKS = { "spoken-ahead": 0, "spoken-sentence": 1, "spoken-word": 2, "spoken-caret": 3 };

/** Return the painter that this browser can do; `frame` holds all the text. */
export function makePainter(frame) {
  return globalThis.Highlight && CSS.highlights ? new HighlightPainter() : new BoxPainter(frame);
}

class HighlightPainter {
  constructor() {
    for (const [name, rank] of Object.entries(RANKS)) {
      const highlight = new Highlight();
      highlight.priority = rank;
      CSS.highlights.set(name, highlight);
    }
  }

  paint(name, range) {
    const highlight = CSS.highlights.get(name);
    highlight?.clear();
    if (range) highlight?.add(range);
  }

  clear() {
    for (const name of Object.keys(RANKS)) CSS.highlights.delete(name);
  }
}

class BoxPainter {
  #frame;
  #layer = document.createElement("div");
  #ranges = new Map();
  #watch = new ResizeObserver(() => this.#redraw());

  constructor(frame) {
    this.#frame = frame;
    this.#layer.className = "spoken-boxes";
    this.#layer.setAttribute("aria-hidden", "true");
    frame.classList.add("has-spoken-boxes");
    frame.append(this.#layer);
    this.#watch.observe(frame);
  }

  paint(name, range) {
    if (range) this.#ranges.set(name, range);
    else this.#ranges.delete(name);
    this.#draw(name);
  }

  clear() {
    this.#watch.disconnect();
    this.#layer.remove();
    this.#frame.classList.remove("has-spoken-boxes");
  }

  #redraw() {
    for (const name of this.#ranges.keys()) this.#draw(name);
  }

  #draw(name) {
    this.#layer.querySelectorAll(`.${name}`).forEach((box) => box.remove());
    // What is dimmed can't be dimmed from behind.
    const range = name === "spoken-ahead" ? null : this.#ranges.get(name);
    if (!range) return;
    const origin = this.#layer.getBoundingClientRect();
    for (const part of range.getClientRects()) {
      const box = document.createElement("i");
      box.className = name;
      box.style.left = `${part.left - origin.left}px`;
      box.style.top = `${part.top - origin.top}px`;
      box.style.width = `${part.width}px`;
      box.style.height = `${part.height}px`;
      this.#layer.append(box);
    }
  }
}
