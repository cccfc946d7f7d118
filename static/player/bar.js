/** The bar at the foot: what plays, the waveform to move in, and the buttons. */
import { close, isPlaying, length, now, play, seek, skip, speed, state, toggle } from "./engine.js";
import { path, thin } from "./wave.js";
import { clock, spoken } from "./words.js";

const player = document.querySelector("#player");
const find = (name) => player.querySelector(`[data-${name}]`);
const scrubber = find("scrubber");
const position = find("position");
const hint = find("hint");
const wave = scrubber.querySelector("svg");
let bars = 96;
let dragging = false;

function setIcon(holder, name) {
  const use = holder.querySelector("use");
  use.setAttribute("href", `${player.dataset.icons}#${name}`);
}

/** Put `address` on a boosted link: htmx reads it only once, so the link is made anew. */
export function relink(link, address) {
  if (link.getAttribute("href") === address) return link;
  const fresh = link.cloneNode(true);
  fresh.setAttribute("href", address);
  link.replaceWith(fresh);
  window.htmx?.process(fresh);
  return fresh;
}

function drawWave() {
  const peaks = state.item?.peaks ?? [];
  scrubber.classList.toggle("scrubber--bare", peaks.length === 0);
  const width = scrubber.clientWidth || 320;
  const list = thin(peaks, Math.max(24, Math.floor(width / 5)));
  bars = list.length || 1;
  wave.setAttribute("viewBox", `0 0 ${bars} 100`);
  find("wave-all").setAttribute("d", path(list));
  find("wave-heard").setAttribute("d", path(list));
}

function drawTime(at = now()) {
  const end = length();
  const part = end ? Math.min(1, at / end) : 0;
  position.max = end || 1;
  if (!dragging) position.value = at;
  position.setAttribute("aria-valuetext", spoken(at, end));
  find("heard").setAttribute("width", (part * bars).toFixed(2));
  player.style.setProperty("--heard", `${(part * 100).toFixed(1)}%`);
  find("elapsed").textContent = clock(at);
  find("left").textContent = end ? `−${clock((end - at) / speed())}` : "";
}

function drawItem() {
  const { item } = state;
  player.hidden = !item;
  if (!item) return;
  const link = relink(find("link"), item.page || location.pathname);
  link.textContent = item.title;
  find("by").textContent = item.by;
  const art = find("art");
  art.hidden = !item.image;
  if (item.image && art.getAttribute("src") !== item.image) art.src = item.image;
  drawWave();
  drawState();
  drawTime();
}

function drawState() {
  const on = isPlaying();
  const button = find("toggle");
  button.setAttribute("aria-label", on ? "Pause" : "Play");
  setIcon(button, on ? "pause" : "play");
  find("error").hidden = !state.failed;
  find("by").hidden = state.failed;
  player.classList.toggle("is-busy", state.busy && !state.failed);
}

document.addEventListener("earshot:item", drawItem);
document.addEventListener("earshot:time", () => !dragging && drawTime());
for (const name of ["play", "pause", "busy", "error", "end"]) document.addEventListener(`earshot:${name}`, drawState);
find("art").addEventListener("error", ({ target }) => (target.hidden = true));
new ResizeObserver(() => {
  if (!state.item) return;
  drawWave();
  drawTime();
}).observe(scrubber);

position.addEventListener("input", () => {
  dragging = true;
  drawTime(Number(position.value));
});
position.addEventListener("change", () => {
  dragging = false;
  seek(Number(position.value));
});
position.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 };
  if (event.key in steps) skip(steps[event.key]);
  else if (event.key === "Home") seek(0);
  else if (event.key === "End") seek(length());
  else return;
  event.preventDefault();
  event.stopPropagation();
});
scrubber.addEventListener("pointermove", (event) => {
  const box = scrubber.getBoundingClientRect();
  const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  hint.hidden = !length();
  hint.textContent = clock(part * length());
  hint.style.left = `${part * 100}%`;
});
scrubber.addEventListener("pointerleave", () => (hint.hidden = true));

find("toggle").addEventListener("click", toggle);
find("retry").addEventListener("click", play);
find("close").addEventListener("click", close);
for (const button of player.querySelectorAll("[data-skip]")) {
  button.addEventListener("click", () => skip(Number(button.dataset.skip)));
}
find("expand").addEventListener("click", ({ currentTarget }) => {
  const open = player.classList.toggle("is-open");
  currentTarget.setAttribute("aria-expanded", String(open));
  currentTarget.setAttribute("aria-label", open ? "Less of the player" : "More of the player");
});
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!detail.boosted || !player.classList.contains("is-open")) return;
  find("expand").click();
});
