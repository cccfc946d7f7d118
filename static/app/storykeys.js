/** Keys for stories: through a list, through one story after another, and what is done to the one at hand. */
import { ask } from "./disclosure.js";
import { visit } from "./navigation.js";
import { isFree } from "./shortcuts.js";

const headline = (row) => row?.querySelector(":is(h2, h3) a");
const ROW = '#page :is(.lead, .row)[id^="story-"]';
const isList = () => document.querySelector(ROW) !== null && !document.querySelector("[data-story]");

/** The story that keys are about: the one on the page, or the row that has the focus. */
function atHand() {
  return document.querySelector("#page [data-story]") ?? document.activeElement?.closest?.(ROW);
}

/** The row where the keys or the mouse were last: it is gone on from there when the focus was elsewhere meanwhile. */
let place = null;
for (const name of ["focusin", "click"]) {
  document.addEventListener(name, ({ target }) => (place = target.closest?.(ROW) ?? place));
}

/** Return what gives the focus back to the story at hand, or to the next one that is left by then; nothing scrolls. */
export function wayBack() {
  const rows = [...document.querySelectorAll(ROW)];
  const here = Math.max(rows.indexOf(place), 0);
  const order = [...rows.slice(here), ...rows.slice(0, here).reverse()];
  return () => (headline(order.find((row) => row.isConnected)) ?? document.querySelector("#news-list"))?.focus({ preventScroll: true });
}

function step(by) {
  if (!isList()) {
    const link = document.querySelector(`#page .beside a[rel="${by > 0 ? "next" : "prev"}"]`);
    if (link) visit(link.getAttribute("href"));
    return Boolean(link);
  }
  const rows = [...document.querySelectorAll(ROW)];
  const here = rows.indexOf(document.activeElement?.closest?.(ROW) ?? place);
  const next = here < 0 ? 0 : here + by;
  if (next >= rows.length) document.querySelector("#page .more a")?.focus();
  else if (next >= 0) headline(rows.at(next))?.focus();
  return true;
}

function press(key) {
  const button = atHand()?.querySelector(`[data-mark="${key}"]`);
  button?.click();
  return Boolean(button);
}

function open() {
  const link = headline(atHand());
  if (!isList() || !link) return false;
  link.click();
  return true;
}

function openOriginal() {
  const address = atHand()?.dataset.original;
  if (address) window.open(address, "_blank", "noopener,noreferrer");
  return Boolean(address);
}

const ticked = () => document.querySelector("#bulk.is-on");

function remove() {
  const several = ticked()?.querySelector("details[data-confirm]");
  if (several) {
    ask(several, headline(place));
    return true;
  }
  const story = atHand();
  const question = story?.querySelector(".story__tools details[data-confirm]");
  if (question) question.open = true;
  else if (story?.id) visit(`/news/${story.id.replace("story-", "")}/delete`);
  return Boolean(story);
}

function tick() {
  const box = atHand()?.querySelector("[data-select-row]");
  box?.click();
  return Boolean(box);
}

/** Go to the field of the story's tags; in a list to that of the ticked ones, the one at hand among them. */
function addTag() {
  const field = document.querySelector("#tags-typed, #bulk-tags");
  const sheet = field?.closest("details");
  if (sheet) {
    if (!ticked() && !tick()) return false;
    ask(sheet, headline(place));
  } else field?.focus();
  return Boolean(field);
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: open,
  v: openOriginal,
  f: () => press("f"),
  m: () => press("m"),
  e: () => press("e"),
  x: tick,
  t: addTag,
  "#": remove,
};

document.addEventListener("keydown", (event) => {
  const { key } = event;
  if (!Object.hasOwn(KEYS, key) || event.repeat && key !== "j" && key !== "k" || !isFree(event)) return;
  // While the player has the focus, its own keys come first.
  if (event.target.closest?.("#player")) return;
  if (KEYS[key]()) event.preventDefault();
});
