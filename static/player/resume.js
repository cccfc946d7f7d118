/** "Go on listening" on the front page: the server's place, or this browser's when that is newer. */
import { state } from "./engine.js";
import { relink } from "./bar.js";
import { itemOf, sync } from "./buttons.js";
import { heardAt, lastItem, placeOf } from "./memory.js";
import { path, thin } from "./wave.js";
import { ago, clock } from "./words.js";

const BARS = 44;

const brought = new WeakMap();

/** What the page brought along, or null. */
function fromServer(panel) {
  if (!brought.has(panel)) {
    const { resumeAt, resumeSeconds } = panel.dataset;
    const item = itemOf(panel.querySelector("[data-resume-play]"));
    brought.set(panel, resumeAt ? { item, at: Number(resumeSeconds), when: Number(resumeAt) } : null);
  }
  return brought.get(panel);
}

/** What this browser heard last and can go on with, or null. */
function fromHere() {
  const item = state.item ?? lastItem();
  const at = item ? placeOf(item.key, item.duration) : 0;
  return at ? { item, at, when: heardAt(item.key) } : null;
}

function fill() {
  const panel = document.querySelector("[data-resume]");
  if (!panel) return;
  const server = fromServer(panel);
  const here = fromHere();
  const best = here && here.when > (server?.when ?? 0) ? here : server;
  panel.hidden = !best;
  if (!best) return;
  if (best === server) drawHeard(panel, server);
  else describe(panel, here);
  sync();
}

function describe(panel, { item, at, when }) {
  const link = relink(panel.querySelector("[data-resume-title]"), item.page || "/");
  link.textContent = item.title;
  const button = panel.querySelector("[data-resume-play]");
  Object.assign(button.dataset, {
    play: item.src, key: item.key, title: item.title, by: item.by, page: item.page,
    image: item.image, duration: item.duration, peaks: item.peaks.join(","),
  });
  // As it is when its sound doesn't play; what tells of playing knows no other name then.
  delete button.dataset.name;
  button.setAttribute("aria-label", `Go on listening: ${item.title}`);
  drawHeard(panel, { item, at });
  panel.querySelector("[data-resume-words]").textContent =
    [item.duration ? `${clock(at)} of ${clock(item.duration)}` : clock(at), when && ago(when)].filter(Boolean).join(" · ");
}

function drawHeard(panel, { item, at }) {
  const part = item.duration ? at / item.duration : 0;
  const wave = panel.querySelector(".wave");
  const bar = panel.querySelector("progress");
  const list = thin(item.peaks, BARS);
  wave.toggleAttribute("hidden", !list.length);
  bar.hidden = Boolean(list.length) || !part;
  bar.value = part;
  wave.setAttribute("viewBox", `0 0 ${list.length || 1} 100`);
  const [whole, old] = wave.querySelectorAll("path");
  whole.setAttribute("d", path(list));
  const heard = old ?? wave.appendChild(whole.cloneNode());
  heard.setAttribute("class", "wave__heard");
  heard.setAttribute("d", path(list.slice(0, Math.round(part * list.length))));
}

for (const name of ["earshot:item", "earshot:pause", "htmx:afterSettle", "htmx:historyRestore"]) document.addEventListener(name, fill);
fill();
