/** Waveforms on the page: what was heard of a sound is drawn in blue, and a press goes there. */
import { length, now, seek, state } from "./engine.js";

const waves = () => document.querySelectorAll(`svg[data-wave="${CSS.escape(state.item?.key ?? "")}"]`);

function draw() {
  const part = length() ? now() / length() : 0;
  for (const wave of waves()) {
    const [whole, old] = wave.querySelectorAll("path");
    const bars = whole.getAttribute("d").split("M").slice(1);
    const heard = old ?? wave.appendChild(whole.cloneNode());
    heard.setAttribute("class", "wave__heard");
    heard.setAttribute("d", bars.slice(0, Math.round(part * bars.length)).map((bar) => `M${bar}`).join(""));
  }
}

// The player's own slider does the same for the keyboard.
document.addEventListener("click", (event) => {
  const wave = event.target.closest?.("svg[data-wave]");
  if (!wave || wave.dataset.wave !== state.item?.key) return;
  const box = wave.getBoundingClientRect();
  seek(((event.clientX - box.left) / box.width) * length());
});

for (const name of ["earshot:item", "earshot:time", "earshot:seek", "htmx:afterSettle", "htmx:historyRestore"]) document.addEventListener(name, draw);
