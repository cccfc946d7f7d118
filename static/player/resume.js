/** "Go on listening" on the front page, from what this browser remembers. */
import { state } from "./engine.js";
import { relink } from "./bar.js";
import { sync } from "./buttons.js";
import { heardAt, lastItem, placeOf } from "./memory.js";
import { path, thin } from "./wave.js";
import { ago, clock } from "./words.js";

const BARS = 44;

function fill() {
  const panel = document.querySelector("[data-resume]");
  if (!panel) return;
  const item = state.item ?? lastItem();
  const at = item ? placeOf(item.key, item.duration) : 0;
  panel.hidden = !at;
  if (!at) return;

  const link = relink(panel.querySelector("[data-resume-title]"), item.page || "/");
  link.textContent = item.title;
  const button = panel.querySelector("[data-resume-play]");
  Object.assign(button.dataset, {
    play: item.src, key: item.key, title: item.title, by: item.by, page: item.page,
    image: item.image, duration: item.duration, peaks: item.peaks.join(","),
  });
  button.setAttribute("aria-label", `Go on listening: ${item.title}`);

  const part = item.duration ? at / item.duration : 0;
  const wave = panel.querySelector(".wave");
  const bar = panel.querySelector("progress");
  const list = thin(item.peaks, BARS);
  wave.toggleAttribute("hidden", !list.length);
  bar.hidden = Boolean(list.length) || !part;
  bar.value = part;
  wave.setAttribute("viewBox", `0 0 ${list.length || 1} 100`);
  wave.querySelector("[data-resume-all]").setAttribute("d", path(list));
  wave.querySelector("[data-resume-heard]").setAttribute("d", path(list.slice(0, Math.round(part * list.length))));
  const heard = heardAt(item.key);
  panel.querySelector("[data-resume-words]").textContent =
    [item.duration ? `${clock(at)} of ${clock(item.duration)}` : clock(at), heard && ago(heard)].filter(Boolean).join(" · ");
  sync();
}

for (const name of ["earshot:item", "earshot:pause", "htmx:afterSettle", "htmx:historyRestore"]) document.addEventListener(name, fill);
fill();
