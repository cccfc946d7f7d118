/** Where the reader stands, kept on the server so that every device goes on from there. */
import { byReader, isPlaying, length, now, seek, state, wasHeardAt } from "./engine.js";
import { place, remember, startOf } from "./memory.js";
import { offer } from "./offers.js";
import { clock } from "./words.js";

const EVERY = 10;
const FRESH = 10_000;
const WAIT_AFTER_FAILURE = 10_000;
const FAR = 30;
/** Seconds heard before a late first answer, up to which the reader is still taken to where they stopped. */
const JUST_STARTED = 15;
const BEGINNING = 5;

/** What is kept of the narration in the player; null for any other sound. */
let track = null;

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const thousandth = (seconds) => Math.round(seconds * 1000) / 1000;

function take() {
  if (state.item === track?.item) return;
  const { item } = state;
  state.settle = null;
  track = null;
  if (!item?.key.startsWith("track:")) return;
  track = {
    item, address: item.src.replace(/stream([?#].*)?$/, "position"), version: 0, saved: now(), at: now(), heard: 0,
    moved: byReader(), startOver: byReader() && now() < BEGINNING,
    asked: null, askedAt: 0, known: false, held: false, sending: false, again: false, quietUntil: 0, previous: [],
  };
  const mine = track;
  state.settle = () => (performance.now() - mine.askedAt < FRESH ? mine.asked : ask(mine));
  ask(mine);
}

function ask(mine) {
  mine.askedAt = performance.now();
  mine.asked = learn(mine);
  return mine.asked;
}

async function learn(mine) {
  const told = await fetchJson(mine.address);
  if (!told || track !== mine || mine.sending || told.version === undefined) return;
  const first = !mine.known;
  const here = place(mine.item.key);
  mine.previous = told.previous;
  if (!first && told.version <= mine.version) return;
  mine.known = true;
  const newer = here.version > told.version || (here.version === told.version && !here.told);
  if (mine.moved || newer) {
    mine.version = told.version;
    mine.saved = told.seconds;
    if (!mine.moved && !isPlaying()) {
      seek(startOf(here.seconds, length()), "sync");
      mine.at = now();
    }
    send(mine);
  } else if (told.version > 0) {
    const late = first && mine.heard < JUST_STARTED;
    if (isPlaying() && !late && Math.abs(told.seconds - now()) > EVERY) quarrel(mine, told);
    else adopt(mine, told);
  }
}

/** Go where another device, or an earlier visit, has been last. */
function adopt(mine, told) {
  const here = now();
  const there = startOf(told.seconds, length());
  mine.version = told.version;
  mine.saved = told.seconds;
  mine.startOver = there === 0 && told.seconds > 0;
  mine.held = false;
  mine.moved = false;
  const when = Date.parse(told.updated_at);
  remember(mine.item.key, told.seconds, { at: when, version: told.version, told: true });
  if (Math.abs(there - here) > 0.5) seek(there, "sync");
  mine.at = now();
  wasHeardAt(when);
  if (here >= 2 && Math.abs(there - here) > FAR) {
    const where = told.device ? ` on ${told.device}` : "";
    offer(`Going on from ${clock(there)}, where you stopped${where}.`, [[`Back to ${clock(here)}`, () => seek(here)]]);
  }
}

/** Two devices play: only the reader knows which place counts. Until then nothing is kept. */
function quarrel(mine, told) {
  mine.held = true;
  const where = told.device ? ` on ${told.device}` : " elsewhere";
  const stay = () => {
    mine.held = false;
    mine.version = told.version;
    mine.saved = told.seconds;
    mine.startOver = mine.at < BEGINNING;
    send(mine);
  };
  offer(`You have since listened${where}, up to ${clock(told.seconds)}.`, [
    [`Go to ${clock(told.seconds)}`, () => adopt(mine, told)],
    ["Stay here", stay],
  ], 0, stay);
}

async function send(mine) {
  const seconds = thousandth(mine.at);
  if (!mine.known || mine.held || !state.touched || performance.now() < mine.quietUntil) return;
  if (Math.abs(seconds - mine.saved) < 0.05 && mine.heard < 0.25) return;
  if (mine.sending) {
    mine.again = true;
    return;
  }
  mine.sending = true;
  const report = { seconds, version: mine.version, heard: thousandth(mine.heard), start_over: mine.startOver };
  const told = await fetchJson(mine.address, {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(report),
  });
  mine.sending = false;
  const lost = told?.error && told.version === report.version + 1 && Math.abs(told.seconds - seconds) < 0.002;
  if (!told) mine.quietUntil = performance.now() + WAIT_AFTER_FAILURE;
  else if (!told.error || lost) accepted(mine, told, report);
  else refused(mine, told);
  if (mine.again) {
    mine.again = false;
    send(mine);
  }
}

function accepted(mine, told, report) {
  mine.version = told.version;
  mine.saved = report.seconds;
  mine.heard = Math.max(0, mine.heard - report.heard);
  mine.previous = told.previous;
  mine.moved = false;
  if (report.start_over) mine.startOver = false;
  const same = Math.abs(place(mine.item.key).seconds - report.seconds) < 0.002;
  const at = same ? Date.parse(told.updated_at) : Date.now();
  remember(mine.item.key, same ? report.seconds : mine.at, { at, version: told.version, told: same });
}

function refused(mine, told) {
  if (told.version === undefined) {
    mine.quietUntil = Infinity;
    return;
  }
  if (track !== mine) return;
  if (told.reason === "StartOverNeeded") {
    mine.version = told.version;
    mine.saved = mine.at;
  } else if (isPlaying()) quarrel(mine, told);
  else adopt(mine, told);
}

/** Return what the server says, also when it refuses; null when it can't be asked. */
async function fetchJson(address, options = {}) {
  try {
    const reply = await fetch(address, { headers: { Accept: "application/json" }, ...options });
    if (!reply.headers.get("Content-Type")?.startsWith("application/json")) {
      // Signed out, or the narration is gone: asking again would not help.
      return reply.status >= 500 ? null : { error: reply.status };
    }
    return await reply.json();
  } catch {
    return null;
  }
}

/** Note what was heard since the last look; `gone` when the place jumped. */
function look(gone = false) {
  if (!track || state.item !== track.item) return;
  const here = now();
  const step = here - track.at;
  if (!gone && step > 0 && step < EVERY) track.heard += step;
  track.at = here;
}

/** A closing page can't wait for an answer. */
function shout() {
  const mine = track;
  if (!mine?.known || mine.held || !state.touched || !Number.isFinite(mine.quietUntil)) return;
  look();
  if (Math.abs(mine.at - mine.saved) < 0.05 && mine.heard < 0.25) return;
  const report = new URLSearchParams({
    seconds: String(thousandth(mine.at)), version: String(mine.version), heard: String(thousandth(mine.heard)),
    start_over: String(mine.startOver), csrf_token: token(),
  });
  navigator.sendBeacon(mine.address, report);
  mine.heard = 0;
}

/** Places that were left by a jump, the latest first: {seconds, device, at}. */
export const earlierPlaces = () => track?.previous ?? [];

document.addEventListener("earshot:item", take);
document.addEventListener("earshot:time", () => {
  look();
  if (track && Math.abs(track.at - track.saved) >= EVERY) send(track);
});
document.addEventListener("earshot:seek", () => {
  look(true);
  if (!track || state.cause === "sync" || state.cause === "rewind") return;
  if (byReader()) {
    track.moved = true;
    track.startOver = now() < BEGINNING;
  }
  send(track);
});
for (const name of ["pause", "end", "leave"]) {
  document.addEventListener(`earshot:${name}`, () => {
    look();
    if (track && !(name === "pause" && state.audio.ended)) send(track);
  });
}
document.addEventListener("visibilitychange", () => {
  if (!track) return;
  look();
  if (document.hidden) send(track);
  else if (!isPlaying() && !track.held) ask(track);
});
addEventListener("pagehide", shout);
addEventListener("pageshow", ({ persisted }) => persisted && track && ask(track));
