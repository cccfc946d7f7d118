/** How far to go back for somebody who comes back after a while. */

const SHORT_SOUND = 60;
/** Share of a sound that is heard again at most: in two minutes half a minute would seem a lost place. */
const MOST = 0.05;

/** Seconds to go back after being away for `milliseconds`; none in a short sound. */
export function rewindAfter(milliseconds, duration) {
  if (duration && duration < SHORT_SOUND) return 0;
  if (milliseconds < 10_000) return 0;
  const back = milliseconds < 60_000 ? 5 : milliseconds < 600_000 ? 15 : 30;
  return duration ? Math.min(back, duration * MOST) : back;
}
