/** The words and sentences of a narration with their times, as words.json tells them. */

const KEPT = 4;
const loaded = new Map();

/** Spans of a text with their times; in order, looked up by halving. */
export class Spans {
  /** @param {number[][]} rows [first character, after the last, start, end], times in ms */
  constructor(rows, toUnits) {
    this.length = rows.length;
    this.from = Int32Array.from(rows, (row) => toUnits(row[0]));
    this.to = Int32Array.from(rows, (row) => toUnits(row[1]));
    this.start = Float64Array.from(rows, (row) => row[2] / 1000);
    this.end = Float64Array.from(rows, (row) => row[3] / 1000);
  }

  /** The one that is being said at `seconds`, or was said last; -1 before the first. */
  at(seconds) {
    return last(this.start, seconds);
  }

  /** The one that holds the character, or the last one before it; -1 when there is none. */
  of(character) {
    return last(this.from, character);
  }
}

/** The index of the last entry that is not above `value`, or -1. */
export function last(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** What is known of a narration's text: the answer of the server, counted as scripts count. */
export class Words {
  constructor(told) {
    this.text = told.text;
    this.mode = told.mode;
    this.grade = told.grade;
    this.reasons = told.reasons;
    this.language = told.language;
    const toUnits = unitsOf(told.text);
    this.words = new Spans(told.words, toUnits);
    this.sentences = new Spans(told.sentences, toUnits);
  }

  /** The finest spans that have times of their own. */
  get finest() {
    return this.mode === "word" ? this.words : this.sentences;
  }
}

/** The server counts code points, scripts count UTF-16 units; they differ after the first emoji. */
function unitsOf(text) {
  if (!/[\ud800-\udbff]/.test(text)) return (place) => place;
  const units = new Int32Array(text.length + 1);
  let count = 0;
  let place = 0;
  for (const character of text) {
    units[count++] = place;
    place += character.length;
  }
  units[count] = place;
  return (index) => units[index];
}

/** Where the words of a sound are told, or "" when it is no narration. */
export function wordsAddress(item) {
  return item?.key.startsWith("track:") ? item.src.replace(/stream([?#].*)?$/, "words.json") : "";
}

/** Fetch the words at `address`, once; null when they can't be had. */
export function loadWords(address) {
  if (!loaded.has(address)) {
    loaded.set(address, fetchWords(address));
    if (loaded.size > KEPT) loaded.delete(loaded.keys().next().value);
  }
  return loaded.get(address);
}

async function fetchWords(address) {
  try {
    const reply = await fetch(address, { headers: { Accept: "application/json" } });
    if (!reply.ok || reply.redirected) throw new Error(String(reply.status));
    return new Words(await reply.json());
  } catch {
    loaded.delete(address);
    return null;
  }
}

document.addEventListener("earshot:forget", () => loaded.clear());
