/** Stops after a while: the sound fades out, and goes on later from where the fade began. */
import { isPlaying, now, pause, seek, state } from "./engine.js";
import { setFade } from "./speed.js";
import { offer } from "./offers.js";
import { clock } from "./words.js";

const FADE = 20;
const LONGEST = 120 * 60;
const player = document.querySelector("#player");
const opener = player.querySelector("[data-sleep-open]");
const left = player.querySelector("[data-sleep-left]");
const words = player.querySelector("[data-sleep-words]");

/** Seconds that are left of playing; null without a timer. Infinity waits for the track's end. */
let rest = null;
let seen = 0;
let fadeFrom = null;

/** Say whether the reader wanted to sleep at the end that has come, and let the timer rest. */
export function sleepsNow() {
  const wanted = rest === Infinity;
  if (wanted) set(null);
  return wanted;
}

function set(seconds) {
  rest = seconds;
  seen = performance.now();
  if (fadeFrom !== null) {
    fadeFrom = null;
    setFade(1);
  }
  show();
}

function show() {
  const on = rest !== null;
  opener.classList.toggle("is-on", on);
  const time = !on ? "" : rest === Infinity ? "End" : clock(Math.ceil(rest));
  if (left.textContent !== time) left.textContent = time;
  opener.setAttribute("aria-label", on ? `Sleep timer, ${rest === Infinity ? "at the end" : `${Math.ceil(rest / 60)} minutes left`}` : "Sleep timer");
  const line = !on ? "The sound goes on." : rest === Infinity ? "Stops at the end of this sound." : `Stops in ${time} of listening.`;
  if (words.textContent !== line) words.textContent = line;
  for (const chip of player.querySelectorAll("[data-sleep]")) {
    const { sleep } = chip.dataset;
    const mine = sleep === "off" ? !on : sleep === "end" ? rest === Infinity : false;
    chip.setAttribute("aria-pressed", String(mine));
  }
  for (const step of player.querySelectorAll("[data-sleep-step]")) step.disabled = !on || rest === Infinity;
}

function tick() {
  const here = performance.now();
  const passed = (here - seen) / 1000;
  seen = here;
  if (rest === null || rest === Infinity || !isPlaying()) return;
  rest = Math.max(0, rest - passed);
  if (rest <= FADE) {
    fadeFrom ??= now();
    setFade(rest / FADE);
  }
  if (rest === 0) fallAsleep();
  else show();
}

function fallAsleep() {
  const back = fadeFrom;
  pause();
  // Only then loud again, so that nothing is heard of it.
  set(null);
  if (back !== null) seek(back, "sleep");
  offer("The sleep timer has stopped the sound.", [["5 more minutes", () => {
    set(5 * 60);
    player.querySelector("[data-toggle]").click();
  }]], 0);
}

player.addEventListener("click", ({ target }) => {
  const chip = target.closest("[data-sleep]");
  const step = target.closest("[data-sleep-step]");
  if (chip) set(chip.dataset.sleep === "off" ? null : chip.dataset.sleep === "end" ? Infinity : Number(chip.dataset.sleep) * 60);
  else if (step && rest !== null && rest !== Infinity) set(Math.max(60, Math.min(LONGEST, rest + Number(step.dataset.sleepStep) * 60)));
});
document.addEventListener("earshot:play", () => (seen = performance.now()));
state.audio.addEventListener("timeupdate", tick);
show();
