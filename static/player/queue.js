/** What plays next: everything not heard yet, one after the other. */
import { load, now, play, seek, state } from "./engine.js";
import { sleepsNow } from "./sleep.js";
import { showNotice } from "../app/notices.js";
import { keep, recall } from "../app/store.js";

const player = document.querySelector("#player");
const list = player.querySelector("[data-queue-list]");
const part = player.querySelector("[data-queue-part]");
const BEGUN = 5;

/** The sounds to come and those that were played, each as the player takes it. */
let queue = recall("queue", { next: [], done: [] });

export const hasNext = () => queue.next.length > 0;

function change(next, done) {
  queue = { next, done: done.slice(-20) };
  keep("queue", queue);
  show();
  document.dispatchEvent(new CustomEvent("earshot:queue"));
}

function begin(item) {
  state.audio.preload = "metadata";
  load(item);
  play();
}

/** Play the next sound of the queue. */
export function playNext() {
  const [item, ...rest] = queue.next;
  if (!item) return;
  change(rest, state.item ? [...queue.done, state.item] : queue.done);
  begin(item);
}

/** Go to the start, or, when that was only just left, to the sound before. */
export function playPrevious() {
  const item = queue.done.at(-1);
  if (now() > BEGUN || !item) {
    seek(0);
    return;
  }
  change(state.item ? [state.item, ...queue.next] : queue.next, queue.done.slice(0, -1));
  begin(item);
}

async function playAll(button) {
  button.setAttribute("aria-busy", "true");
  try {
    const reply = await fetch(button.dataset.queue, { headers: { Accept: "application/json" } });
    const { items } = await reply.json();
    const [first, ...rest] = items;
    if (!first) {
      showNotice("Everything has been heard. Nothing is left to play.");
      return;
    }
    change(rest, []);
    begin(first);
  } catch {
    showNotice("The list could not be fetched. Try again.");
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function row(item, index) {
  const place = document.createElement("li");
  const start = document.createElement("button");
  start.type = "button";
  start.className = "queue__start cut";
  start.textContent = item.title;
  start.dir = "auto";
  start.setAttribute("aria-label", `Play now: ${item.title}`);
  start.addEventListener("click", () => {
    change(queue.next.slice(index + 1), state.item ? [...queue.done, state.item] : queue.done);
    begin(item);
  });
  const away = player.querySelector("[data-queue-away]").content.firstElementChild.cloneNode(true);
  away.setAttribute("aria-label", `Leave out: ${item.title}`);
  away.addEventListener("click", () => change(queue.next.filter((other) => other !== item), queue.done));
  place.append(start, away);
  return place;
}

function show() {
  part.hidden = !hasNext();
  list.replaceChildren(...queue.next.slice(0, 30).map(row));
  player.querySelector("[data-queue-count]").textContent = String(queue.next.length);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-queue]");
  if (button) playAll(button);
  else if (target.closest("[data-queue-next]")) playNext();
  else if (target.closest("[data-queue-clear]")) change([], []);
});
document.addEventListener("earshot:end", () => {
  if (!sleepsNow()) playNext();
});
document.addEventListener("earshot:forget", () => (queue = { next: [], done: [] }));
show();
