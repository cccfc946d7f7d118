/** How fast and how loud. */
import { setSpeed, speed, state } from "./engine.js";
import { keep, recall } from "../app/store.js";

const player = document.querySelector("#player");
const opener = player.querySelector("[data-speed-open]");
const mute = player.querySelector("[data-mute]");
const volume = player.querySelector("[data-volume]");
let chosen = recall("volume", 1);
let fade = 1;

function showSpeed() {
  const words = `${speed().toFixed(2)}×`;
  for (const place of player.querySelectorAll("[data-speed-now]")) if (place.textContent !== words) place.textContent = words;
  opener.setAttribute("aria-label", `Speed, ${words}`);
  for (const chip of player.querySelectorAll("[data-speed]")) {
    chip.setAttribute("aria-pressed", String(Number(chip.dataset.speed) === speed()));
  }
}

player.addEventListener("click", ({ target }) => {
  const step = target.closest("[data-speed-step]");
  const chip = target.closest("[data-speed]");
  if (step) setSpeed(speed() + Number(step.dataset.speedStep));
  else if (chip) setSpeed(Number(chip.dataset.speed));
  else return;
  showSpeed();
});

/** Play faster by `step`, or slower. */
export function faster(step) {
  setSpeed(speed() + step);
  showSpeed();
}

function showVolume() {
  const { audio } = state;
  const silent = audio.muted || chosen === 0;
  mute.setAttribute("aria-pressed", String(audio.muted));
  const use = mute.querySelector("use");
  use.setAttribute("href", `${player.dataset.icons}#${silent ? "volume-x" : "volume-2"}`);
  volume.value = audio.muted ? 0 : chosen;
}

/** Turn the sound down to `share` of what was chosen, for falling asleep. */
export function setFade(share) {
  fade = share;
  state.audio.volume = chosen * fade;
}

function choose(loudness) {
  state.audio.muted = false;
  chosen = Math.min(1, Math.max(0, loudness));
  keep("volume", chosen);
  state.audio.volume = chosen * fade;
}

/** Change the loudness by `step`, from 0 to 1. */
export function louder(step) {
  choose(chosen + step);
}

export function toggleMute() {
  state.audio.muted = !state.audio.muted;
}

mute.addEventListener("click", toggleMute);
volume.addEventListener("input", () => choose(Number(volume.value)));
state.audio.addEventListener("volumechange", showVolume);

state.audio.volume = chosen;
showSpeed();
showVolume();
