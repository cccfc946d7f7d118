/** Times as people read and hear them. */

/** 3:42 or 1:02:30. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const rest = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** "1 minute 24 of 3:42", for a screen reader. */
export function spoken(seconds, length) {
  const whole = Math.floor(seconds || 0);
  const minutes = Math.floor(whole / 60);
  const words = minutes ? `${minutes} ${minutes === 1 ? "minute" : "minutes"} ${whole % 60}` : `${whole} ${whole === 1 ? "second" : "seconds"}`;
  return length ? `${words} of ${clock(length)}` : words;
}

/** "just now", "5 min ago", "2 h ago", "3 days ago". */
export function ago(milliseconds) {
  const minutes = Math.floor((Date.now() - milliseconds) / 60000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ago`;
  const days = Math.floor(minutes / 1440);
  return days === 1 ? "yesterday" : `${days} days ago`;
}
