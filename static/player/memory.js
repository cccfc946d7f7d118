/** What was played and where it was left, in this browser. */
import { keep, recall } from "../app/store.js";

const MOST = 60;

/** The item played last, or null. */
export const lastItem = () => recall("player", null);

export const rememberItem = (item) => keep("player", item);

/** Where a sound starts that was left at `seconds`: at its beginning when it was hardly begun or almost done. */
export const startOf = (seconds, duration = 0) => (seconds < 2 || (duration && seconds > duration - 3) ? 0 : seconds);

/**
 * What is known of `key`: where it was left, when, the server's version that this rests on,
 * and whether the server has heard of it.
 */
export function place(key) {
  const [seconds, at, version, told] = recall("places", {})[key] ?? [0, 0, 0, true];
  return { seconds, at, version: version ?? 0, told: told ?? false };
}

/** Keep that `key` stands at `seconds`; the oldest are forgotten. */
export function remember(key, seconds, { at = Date.now(), version, told = false } = {}) {
  if (!key) return;
  const rounded = Math.round(seconds * 1000) / 1000;
  const before = place(key);
  if (version === undefined && rounded === before.seconds) return;
  const places = recall("places", {});
  delete places[key];
  places[key] = [rounded, at, version ?? before.version, told];
  keep("places", Object.fromEntries(Object.entries(places).slice(-MOST)));
}

/** Where `key` starts in this browser. */
export const placeOf = (key, duration = 0) => startOf(place(key).seconds, duration);

/** When `key` was last heard, in milliseconds since 1970, or 0. */
export const heardAt = (key) => place(key).at;
