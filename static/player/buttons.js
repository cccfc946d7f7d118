/** Every element with data-play: starts its sound, and shows the same state wherever its key stands. */
import { enrich, isPlaying, load, play, state, toggle } from "./engine.js";

/** Read the item that a button stands for. */
export function itemOf({ dataset }) {
  return {
    key: dataset.key || dataset.play,
    src: dataset.play,
    title: dataset.title || "Sound",
    by: dataset.by || "",
    page: dataset.page || "",
    image: dataset.image || "",
    duration: Number(dataset.duration) || 0,
    peaks: dataset.peaks ? dataset.peaks.split(",").map(Number) : [],
  };
}

/** Say what a press does now: to the eye where a button has words, and always in its name. */
function say(button, on) {
  const { dataset } = button;
  const words = button.querySelector("[data-words]");
  if (words) words.textContent = on ? "Pause" : words.dataset.words;
  if (on && !("name" in dataset)) {
    dataset.name = button.getAttribute("aria-label");
    button.setAttribute("aria-label", `Pause: ${dataset.title}`);
  } else if (!on && "name" in dataset) {
    button.setAttribute("aria-label", dataset.name);
    delete dataset.name;
  }
}

/** Show on every button whether its sound plays. */
export function sync() {
  for (const button of document.querySelectorAll("[data-play]")) {
    const mine = (button.dataset.key || button.dataset.play) === state.item?.key;
    const on = mine && isPlaying();
    say(button, on);
    button.classList.toggle("is-playing", on);
    button.classList.toggle("is-current", mine);
    const use = button.querySelector("use");
    use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, on ? "#pause" : "#play"));
    if (mine && button.dataset.peaks && !state.item.peaks.length) enrich(itemOf(button));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-play]");
  if (!button) return;
  event.preventDefault();
  const item = itemOf(button);
  if (item.key === state.item?.key) toggle();
  else {
    state.audio.preload = "metadata";
    load(item, button.dataset.at ? Number(button.dataset.at) : undefined);
    play();
  }
});

for (const name of ["earshot:item", "earshot:play", "earshot:pause", "earshot:error", "earshot:end", "htmx:afterSettle", "htmx:historyRestore"]) {
  document.addEventListener(name, sync);
}
