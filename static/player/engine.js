/**
 * The sound itself. Others listen on the document:
 * earshot:leave, :item, :play, :pause, :time, :seek, :busy, :error, :end. The detail is the state below.
 */
import { heardAt, lastItem, placeOf, remember, rememberItem } from "./memory.js";
import { rewindAfter } from "./rewind.js";
import { keep, recall } from "../app/store.js";

/** @typedef {{key: string, src: string, title: string, by: string, page: string, image: string, duration: number, peaks: number[]}} Item */

const audio = document.querySelector("[data-audio]");
const SAVE_EVERY = 5;
const PATIENCE = 700;

/**
 * What plays; only this module writes it, but for `settle`, which is asked before playing begins.
 * `cause` says why the place changed last: "reader" went there, or "word" of a text; "sync", "rewind" and "sleep" did not ask.
 * `touched` says whether the sound was played or moved here since it was taken into the player:
 * another tab may be ahead of one that only shows it.
 */
export const state = {
  /** @type {Item|null} */ item: null, audio, failed: false, busy: false, settle: null, cause: "", touched: false,
};
let pending = 0;
let saved = 0;
/** When the sound was last heard here; 0 once the reader has gone elsewhere in it. */
let leftAt = 0;
/** Grows with every wish to play or pause; an older one gives way. */
let starts = 0;

const tell = (name) => document.dispatchEvent(new CustomEvent(`earshot:${name}`, { detail: state }));

/** Length in seconds: what the file says, or what its page said before it was loaded. */
export function length() {
  return Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : state.item?.duration || 0;
}

/** Where it stands, in seconds. */
export function now() {
  return audio.readyState > 0 ? audio.currentTime : pending;
}

export const isPlaying = () => Boolean(state.item) && !audio.paused && !state.failed;

/** Take `item` into the player without starting it, at `at` seconds or where it was left. */
export function load(item, at) {
  if (state.item) {
    save();
    tell("leave");
  }
  state.item = item;
  state.failed = false;
  state.busy = false;
  state.cause = at === undefined ? "" : "reader";
  state.touched = false;
  pending = at ?? placeOf(item.key, item.duration);
  leftAt = at === undefined ? heardAt(item.key) : 0;
  saved = pending;
  audio.src = item.src;
  audio.currentTime = pending;
  applySpeed();
  rememberItem(item);
  tell("item");
}

/** Start, or say that it can't. */
export async function play() {
  const { item } = state;
  if (!item) return;
  if (state.failed) {
    const at = now();
    state.failed = false;
    pending = at;
    audio.load();
    audio.currentTime = at;
    applySpeed();
    tell("item");
  }
  const mine = ++starts;
  await Promise.race([state.settle?.(), new Promise((go) => setTimeout(go, PATIENCE))]);
  if (mine !== starts || state.item !== item) return;
  if (length() && now() >= length() - 0.3) seek(0);
  const back = leftAt ? rewindAfter(Date.now() - leftAt, length()) : 0;
  if (back && now() > 0) seek(now() - back, "rewind");
  leftAt = 0;
  try {
    await audio.play();
  } catch (error) {
    // AbortError: another sound came first. NotAllowedError: the browser wants a press first.
    if (!["AbortError", "NotAllowedError"].includes(error.name)) fail();
  }
}

export function pause() {
  starts += 1;
  audio.pause();
}

export function toggle() {
  if (isPlaying()) pause();
  else play();
}

/** Go to `seconds`, kept within the sound. */
export function seek(seconds, cause = "reader") {
  const end = length();
  pending = Math.max(0, end ? Math.min(seconds, end - 0.05) : seconds);
  audio.currentTime = pending;
  state.cause = cause;
  if (byReader()) leftAt = 0;
  if (cause === "sync") saved = pending;
  else state.touched = true;
  tell("seek");
  tell("time");
  save();
}

/** Whether the reader meant to be where it stands. */
export const byReader = () => state.cause === "reader" || state.cause === "word";

export const skip = (seconds) => seek(now() + seconds);

/** Say when another device heard this last. */
export function wasHeardAt(milliseconds) {
  if (!isPlaying()) leftAt = milliseconds;
}

/** Put the item away and hide the player. */
export function close() {
  pause();
  save();
  tell("leave");
  state.item = null;
  audio.removeAttribute("src");
  audio.load();
  rememberItem(null);
  tell("item");
}

/** Speed from 0.5 to 3, kept in this browser. */
export const speed = () => recall("speed", 1);
export function setSpeed(value) {
  keep("speed", Math.round(Math.min(3, Math.max(0.5, value)) * 20) / 20);
  applySpeed();
  tell("time");
}
function applySpeed() {
  audio.defaultPlaybackRate = speed();
  audio.playbackRate = speed();
}

/** Add to the item what a page knows and the item didn't. */
export function enrich(more) {
  if (!state.item || state.item.key !== more.key || state.item.peaks.length || !more.peaks.length) return;
  state.item.peaks = more.peaks;
  state.item.duration ||= more.duration;
  rememberItem(state.item);
  tell("item");
}

/** Bring back what this browser played last, silent. */
export function wake() {
  const item = lastItem();
  if (item) {
    audio.preload = "none";
    load(item);
  }
}

function save() {
  if (!state.item || !state.touched || Math.abs(now() - saved) < 0.01) return;
  saved = now();
  remember(state.item.key, saved);
}

function fail() {
  if (!state.item) return;
  pending = now();
  state.failed = true;
  state.busy = false;
  audio.pause();
  tell("error");
}

audio.addEventListener("play", () => {
  state.touched = true;
  tell("play");
});
audio.addEventListener("pause", () => {
  leftAt = Date.now();
  save();
  tell("pause");
});
audio.addEventListener("timeupdate", () => {
  if (audio.readyState === 0) return;
  pending = audio.currentTime;
  tell("time");
  if (Math.abs(pending - saved) >= SAVE_EVERY) save();
});
audio.addEventListener("loadedmetadata", () => tell("time"));
audio.addEventListener("ended", () => {
  leftAt = 0;
  remember(state.item?.key, length());
  tell("end");
});
audio.addEventListener("error", () => {
  if (audio.getAttribute("src")) fail();
});
for (const [name, busy] of [["waiting", true], ["playing", false], ["canplay", false], ["pause", false]]) {
  audio.addEventListener(name, () => {
    if (state.busy === busy) return;
    state.busy = busy;
    tell("busy");
  });
}
document.addEventListener("earshot:forget", () => {
  pause();
  state.item = null;
});
addEventListener("pagehide", save);
document.addEventListener("visibilitychange", () => document.hidden && save());
