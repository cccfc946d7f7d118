/** Reads along wherever a page shows the text of a narration, also after going there and back. */
import { isPlaying, load, play, seek, state } from "../player/engine.js";
import { Controls } from "./controls.js";
import { Reader } from "./reader.js";

let reader = null;

function attach() {
  const section = document.querySelector("[data-readalong]");
  if (reader?.main.isConnected && section) {
    // A new take of the story waits until the one that is heard has stopped.
    const same = reader.item.key === `track:${section.dataset.readalong}` || (reader.isCurrent && isPlaying());
    if (same && reader.section !== section) reader.adopt(section, new Controls(section));
    if (same) return;
  }
  reader?.stop();
  reader = null;
  if (!section || !document.querySelector("[data-readalong-text='main']")) return;
  reader = new Reader(section, new Controls(section));
  startAtLink(reader.item);
  reader.begin();
}

/** An address with ?t=83.4 starts there, once. */
function startAtLink(item) {
  const address = new URL(location.href);
  const wanted = address.searchParams.get("t");
  if (wanted === null || !/^\d+(\.\d+)?$/.test(wanted)) return;
  address.searchParams.delete("t");
  history.replaceState(history.state, "", address);
  if (state.item?.key === item.key) seek(Number(wanted));
  else {
    state.audio.preload = "metadata";
    load(item, Number(wanted));
  }
  if (!isPlaying()) play();
}

for (const name of ["htmx:afterSettle", "htmx:historyRestore", "earshot:item", "earshot:pause", "earshot:end"]) {
  document.addEventListener(name, attach);
}
document.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
  if (!detail.shouldSwap || !reader || !target.contains(reader.main)) return;
  reader.stop();
  reader = null;
});
attach();
