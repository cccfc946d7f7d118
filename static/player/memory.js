/** What was played and where it was left, in this browser. */
import { keep, recall } from "../app/store.js";

const MOST = 60;

/** The item played last, or null. */
export const lastItem = () => recall("player", null);

export const rememberItem = (item) => keep("player", item);

/** Keep that `key` stands at `seconds`; the oldest are forgotten. */
export function remember(key, seconds) {
  if (!key) return;
  const places = recall("places", {});
  delete places[key];
  places[key] = [Math.round(seconds * 1000) / 1000, Date.now()];
  keep("places", Object.fromEntries(Object.entries(places).slice(-MOST)));
}

/** Where `key` was left in seconds; 0 when it was hardly begun or almost done. */
export function placeOf(key, duration = 0) {
  const [seconds] = recall("places", {})[key] ?? [0];
  return seconds < 2 || (duration && seconds > duration - 3) ? 0 : seconds;
}

/** When `key` was last heard, in milliseconds since 1970, or 0. */
export const heardAt = (key) => (recall("places", {})[key] ?? [0, 0])[1];
