/** Where the spoken words and sentences stand on the page. */
import { match } from "./matching.js";
import { PageText } from "./pagetext.js";
import { last } from "./words.js";

const MARK = /[^\s\p{L}\p{N}\p{M}]/u;
const MOST_MARKS = 4;

export class Places {
  /** @param {import("./words.js").Words} words  @param {Element[]} regions */
  constructor(words, regions) {
    this.page = new PageText(regions);
    const { places, share } = match(words.text, this.page.text);
    /** Share of the spoken words that stand on the page. */
    this.share = share;
    this.words = spread(words.words, places);
    this.sentences = spread(words.sentences, places);
    this.finest = words.mode === "word" ? this.words : this.sentences;
    for (let index = 0; index < this.sentences.from.length; index++) this.#takeMarks(index);
  }

  /** The range of a word; null when it does not stand here. */
  word(index) {
    return this.#range(this.words, index);
  }

  /** The range of a sentence with its marks; null when nothing of it stands here. */
  sentence(index) {
    return this.#range(this.sentences, index);
  }

  /** All that comes after a sentence. */
  after(index) {
    const from = this.sentences.to[index];
    return from >= 0 && from < this.page.text.length ? this.page.range(from, this.page.text.length) : null;
  }

  /** The finest span that stands at a character of the page, or -1. */
  at(character) {
    const { from, to, order } = this.finest;
    const found = last(order.map((index) => from[index]), character);
    const index = found < 0 ? -1 : order[found];
    return index >= 0 && character < to[index] ? index : -1;
  }

  #range(spans, index) {
    return index >= 0 && spans.from[index] >= 0 ? this.page.range(spans.from[index], spans.to[index]) : null;
  }

  /** Let a sentence end behind its full stop and begin before its quotation mark. */
  #takeMarks(index) {
    const { from, to } = this.sentences;
    const { text } = this.page;
    if (from[index] < 0) return;
    for (let step = 0; step < MOST_MARKS && MARK.test(text[to[index]] ?? " "); step++) to[index] += 1;
    const floor = index ? to[index - 1] : 0;
    while (from[index] > floor && MARK.test(text[from[index] - 1])) from[index] -= 1;
  }
}

function spread(spans, places) {
  const from = new Int32Array(spans.length).fill(-1);
  const to = new Int32Array(spans.length).fill(-1);
  const order = [];
  for (let index = 0; index < spans.length; index++) {
    for (let character = spans.from[index]; character < spans.to[index]; character++) {
      const place = places[character];
      if (place < 0) continue;
      if (from[index] < 0) {
        from[index] = place;
        order.push(index);
      }
      to[index] = place + 1;
    }
  }
  return { from, to, order };
}
