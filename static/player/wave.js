/** Waveforms as the path of an SVG whose view box is as wide as it has bars, and 100 high. */

/** Thin `peaks` (0..100) out to `bars`, keeping the loudest of each stretch. */
export function thin(peaks, bars) {
  if (peaks.length <= bars) return peaks;
  return Array.from({ length: bars }, (_, bar) => {
    const from = Math.floor((bar * peaks.length) / bars);
    return Math.max(...peaks.slice(from, Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / bars))));
  });
}

/** Return the path of upright bars. */
export function path(peaks) {
  return peaks
    .map((peak, bar) => {
      const half = Math.max(3, peak * 0.46);
      return `M${bar}.5 ${(50 - half).toFixed(1)}v${(half * 2).toFixed(1)}`;
    })
    .join("");
}
