/** Walking through the text by keys, without a tab stop for every word. */
import { isFree } from "../app/shortcuts.js";
import { characterAt } from "./pointing.js";
import { visible } from "./follow.js";
import { last } from "./words.js";

const HELP = "readalong-help";

export class Caret {
  #reader;
  #region;
  #gone = new AbortController();
  #span = -1;

  /** @param {import("./reader.js").Reader} reader  @param {HTMLElement} region takes the focus */
  constructor(reader, region) {
    this.#reader = reader;
    this.#region = region;
    if (reader.words.mode === "none") return;
    region.tabIndex = 0;
    region.setAttribute("role", "group");
    region.setAttribute("aria-label", "Text that is read aloud");
    if (document.getElementById(HELP)) region.setAttribute("aria-describedby", HELP);
    const { signal } = this.#gone;
    region.addEventListener("keydown", (event) => this.#key(event), { signal });
    region.addEventListener("blur", () => this.#go(-1), { signal });
  }

  stop() {
    this.#gone.abort();
    this.#reader.painter.paint("spoken-caret", null);
    for (const name of ["tabindex", "role", "aria-label", "aria-describedby"]) this.#region.removeAttribute(name);
  }

  get #isRightToLeft() {
    return getComputedStyle(this.#region).direction === "rtl";
  }

  #key(event) {
    if (event.target !== this.#region || event.shiftKey || !isFree(event)) return;
    const onward = this.#isRightToLeft ? "ArrowLeft" : "ArrowRight";
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.#step(event.key === onward ? 1 : -1);
    else if (event.key === "ArrowDown") this.#stepSentence(1);
    else if (event.key === "ArrowUp") this.#stepSentence(-1);
    else if (event.key === "Enter" && this.#span >= 0) this.#play();
    else if (event.key === "Escape" && this.#span >= 0) this.#go(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The span to start from: the caret, what is said now, or the first one in sight. */
  #here() {
    if (this.#span >= 0) return this.#span;
    const { lit, words, places } = this.#reader;
    const now = words.mode === "word" ? lit.word : lit.sentence;
    if (now >= 0) return now;
    const box = this.#region.getBoundingClientRect();
    const { height } = visible();
    for (let y = Math.max(box.top, 0) + 12; y < Math.min(box.bottom, height); y += 12) {
      for (const x of this.#isRightToLeft ? [box.right - 8, box.left + 40] : [box.left + 8, box.left + 40]) {
        const character = characterAt(places.page, x, y);
        const span = character < 0 ? -1 : places.at(character);
        if (span >= 0) return span;
      }
    }
    return places.finest.order[0] ?? -1;
  }

  #step(by) {
    const { order } = this.#reader.places.finest;
    const fresh = this.#span < 0;
    const at = last(order, this.#here());
    this.#go(order[Math.max(0, Math.min(order.length - 1, at + (fresh ? 0 : by)))] ?? -1);
  }

  #stepSentence(by) {
    const { words, places } = this.#reader;
    const here = this.#here();
    if (here < 0) return;
    const now = words.sentences.of(words.finest.from[here]);
    const fresh = this.#span < 0;
    const wanted = Math.max(0, Math.min(words.sentences.length - 1, now + (fresh ? 0 : by)));
    if (words.mode !== "word") {
      this.#go(wanted);
      return;
    }
    const { order } = places.words;
    const first = words.words.of(words.sentences.from[wanted]);
    const start = words.words.from[first] >= words.sentences.from[wanted] ? first : first + 1;
    this.#go(order.find((word) => word >= start) ?? here, wanted);
  }

  #play() {
    const { words } = this.#reader;
    this.#reader.startAt(words.finest.start[this.#span] + 0.001);
    this.#go(-1);
  }

  #go(span, sentence = -1) {
    this.#span = span;
    const { painter, places, words, follow } = this.#reader;
    const range = words.mode === "word" ? places.word(span) : places.sentence(span);
    painter.paint("spoken-caret", range);
    if (!range) return;
    const heard = sentence >= 0 ? places.sentence(sentence) : range;
    document.querySelector("#announce").textContent = String(heard ?? range).trim();
    const box = range.getBoundingClientRect();
    const { height } = visible();
    if (box.top < 60 || box.bottom > height - 60) {
      follow.following = false;
      follow.hold();
      scrollBy({ top: box.top - height / 3, behavior: "instant" });
    }
  }
}
