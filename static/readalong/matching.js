/** Finds the spoken words on the page, where more or other words may stand than are spoken. */

const MOST_EDITS = 1500;
const HIDDEN = /[\u00ad\u200b-\u200d\u2060\ufeff]/g;
/* One sign at a time where no spaces part the words, so that one edit does not lose a whole line. */
const TOKEN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*|[\p{L}\p{N}\p{M}\u00ad\u200b-\u200d\u2060\ufeff]+|\p{Regional_Indicator}{2}|\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]*/gu;

/** Cut a text into its words; marks and spaces don't count. */
export function tokens(text) {
  const keys = [];
  const from = [];
  const to = [];
  for (const found of text.matchAll(TOKEN)) {
    const key = found[0].replace(HIDDEN, "").normalize("NFC").toLowerCase();
    if (!key) continue;
    keys.push(key);
    from.push(found.index);
    to.push(found.index + found[0].length);
  }
  return { keys, from, to };
}

/**
 * Say where each character of `spoken` stands in `shown`.
 * @returns {{places: Int32Array, share: number}} -1 where it does not; `share` of the words that do
 */
export function match(spoken, shown) {
  const places = new Int32Array(spoken.length).fill(-1);
  const said = tokens(spoken);
  const seen = tokens(shown);
  const pairs = pair(said.keys, seen.keys);
  let all = 0;
  let found = 0;
  said.keys.forEach((_, index) => {
    const begin = said.from[index];
    const size = said.to[index] - begin;
    const other = pairs[index];
    all += size;
    if (other < 0) return;
    found += size;
    const there = seen.from[other];
    const width = seen.to[other] - there;
    // Equal words may be written with more signs on one side: hyphens nobody sees, or accents apart.
    for (let step = 0; step < size; step++) places[begin + step] = there + Math.min(step, width - 1);
    if (width > size) places[begin + size - 1] = there + width - 1;
  });
  return { places, share: all ? found / all : 0 };
}

/**
 * Pair equal words of two lists, in order, as many as can be (Myers' shortest edit script).
 * @returns {Int32Array} for each of `ours` the index of its partner, or -1
 */
export function pair(ours, theirs) {
  const partners = new Int32Array(ours.length).fill(-1);
  let head = 0;
  while (head < ours.length && head < theirs.length && ours[head] === theirs[head]) {
    partners[head] = head;
    head += 1;
  }
  let tail = 0;
  const most = Math.min(ours.length, theirs.length) - head;
  while (tail < most && ours.at(-1 - tail) === theirs.at(-1 - tail)) {
    partners[ours.length - 1 - tail] = theirs.length - 1 - tail;
    tail += 1;
  }
  const numbers = new Map();
  const count = (words) =>
    Int32Array.from(words.slice(head, words.length - tail), (word) => {
      if (!numbers.has(word)) numbers.set(word, numbers.size);
      return numbers.get(word);
    });
  for (const [mine, yours] of edit(count(ours), count(theirs))) partners[head + mine] = head + yours;
  return partners;
}

function edit(a, b) {
  const limit = Math.min(a.length + b.length, MOST_EDITS);
  const reach = new Int32Array(2 * limit + 3);
  const trace = [];
  for (let edits = 0; edits <= limit; edits++) {
    trace.push(reach.slice(limit - edits, limit + edits + 3));
    for (let line = -edits; line <= edits; line += 2) {
      const at = limit + 1 + line;
      let x = line === -edits || (line !== edits && reach[at - 1] < reach[at + 1]) ? reach[at + 1] : reach[at - 1] + 1;
      while (x < a.length && x - line < b.length && a[x] === b[x - line]) x += 1;
      reach[at] = x;
      if (x >= a.length && x - line >= b.length) return retrace(a, b, trace);
    }
  }
  return [];
}

function retrace(a, b, trace) {
  const pairs = [];
  let x = a.length;
  let y = b.length;
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const reach = trace[edits];
    const at = (line) => reach[line + edits + 1];
    const line = x - y;
    const down = line === -edits || (line !== edits && at(line - 1) < at(line + 1));
    const before = down ? line + 1 : line - 1;
    const beforeX = edits ? at(before) : 0;
    const beforeY = edits ? beforeX - before : 0;
    while (x > beforeX && y > beforeY && x > 0 && y > 0 && a[x - 1] === b[y - 1]) {
      x -= 1;
      y -= 1;
      pairs.push([x, y]);
    }
    x = beforeX;
    y = beforeY;
  }
  return pairs.reverse();
}
