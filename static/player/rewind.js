/** How far to go back for somebody who comes back after a while. */

const SHORT_SOUND = 60;

/** Seconds to go back after being away for `milliseconds`; none in a short sound. */
export function rewindAfter(milliseconds, duration) {
  if (duration && duration < SHORT_SOUND) return 0;
  if (milliseconds < 10_000) return 0;
  if (milliseconds < 60_000) return 5;
  if (milliseconds < 600_000) return 15;
  return 30;
}
