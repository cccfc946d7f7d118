/** How fast and how loud. */
import { setSpeed, speed, state } from "./engine.js";
import { keep, recall } from "../app/store.js";

const player = document.querySelector("#player");
const opener = player.querySelector("[data-speed-open]");
const sheet = player.querySelector("[data-speeds]");
const mute = player.querySelector("[data-mute]");
const volume = player.querySelector("[data-volume]");

function showSpeed() {
  const words = `${speed().toFixed(2)}×`;
  for (const place of player.querySelectorAll("[data-speed-now]")) if (place.textContent !== words) place.textContent = words;
  opener.setAttribute("aria-label", `Speed, ${words}`);
  for (const chip of player.querySelectorAll("[data-speed]")) {
    chip.setAttribute("aria-pressed", String(Number(chip.dataset.speed) === speed()));
  }
}

function open(on) {
  sheet.hidden = !on;
  opener.setAttribute("aria-expanded", String(on));
}

opener.addEventListener("click", () => open(sheet.hidden));
player.addEventListener("click", ({ target }) => {
  const step = target.closest("[data-speed-step]");
  const chip = target.closest("[data-speed]");
  if (step) setSpeed(speed() + Number(step.dataset.speedStep));
  else if (chip) setSpeed(Number(chip.dataset.speed));
  else return;
  showSpeed();
});
document.addEventListener("click", ({ target }) => {
  if (!sheet.hidden && !target.closest(".player__speed")) open(false);
});
player.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || sheet.hidden) return;
  open(false);
  opener.focus();
});

function showVolume() {
  const { audio } = state;
  const silent = audio.muted || audio.volume === 0;
  mute.setAttribute("aria-pressed", String(audio.muted));
  const use = mute.querySelector("use");
  use.setAttribute("href", `${player.dataset.icons}#${silent ? "volume-x" : "volume-2"}`);
  volume.value = audio.muted ? 0 : audio.volume;
}

/** Change the loudness by `step`, from 0 to 1. */
export function louder(step) {
  state.audio.muted = false;
  state.audio.volume = Math.min(1, Math.max(0, state.audio.volume + step));
}

export function toggleMute() {
  state.audio.muted = !state.audio.muted;
}

mute.addEventListener("click", toggleMute);
volume.addEventListener("input", () => {
  state.audio.muted = false;
  state.audio.volume = Number(volume.value);
});
state.audio.addEventListener("volumechange", () => {
  keep("volume", state.audio.volume);
  showVolume();
});

state.audio.volume = recall("volume", 1);
showSpeed();
showVolume();
