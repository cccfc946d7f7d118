/** Chapters of a briefing: a press on a time plays from there, and the one that is heard is marked. */
import { isPlaying, load, now, play, seek, state } from "./engine.js";

/** Rounding of a start may put it just behind the place that was asked for. */
const CLOSE = 0.05;

const itemOf = (list) => JSON.parse(list.dataset.item);

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".chapters__at");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const item = itemOf(link.closest("[data-chapters]"));
  const start = Number(link.closest("[data-chapter]").dataset.chapter);
  if (item.key === state.item?.key) seek(start);
  else {
    state.audio.preload = "metadata";
    load(item, start);
  }
  if (!isPlaying()) play();
});

function mark() {
  for (const list of document.querySelectorAll("[data-chapters]")) {
    const mine = itemOf(list).key === state.item?.key;
    const chapters = [...list.children];
    const heard = mine ? chapters.findLast(({ dataset }) => Number(dataset.chapter) <= now() + CLOSE) : null;
    for (const chapter of chapters) {
      if (chapter === heard) chapter.setAttribute("aria-current", "true");
      else chapter.removeAttribute("aria-current");
    }
  }
}

for (const name of ["earshot:item", "earshot:time", "earshot:seek", "htmx:afterSettle", "htmx:historyRestore"]) {
  document.addEventListener(name, mark);
}
