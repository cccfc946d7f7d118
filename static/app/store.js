/** What this browser remembers, apart for each reader. A browser that refuses storage just forgets. */

const prefix = () => `earshot:${document.body.dataset.reader ?? "anyone"}:`;

/** Return what was kept under `name`, or `fallback`. */
export function recall(name, fallback = null) {
  try {
    const text = localStorage.getItem(prefix() + name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** Keep `value` under `name`. */
export function keep(name, value) {
  try {
    localStorage.setItem(prefix() + name, JSON.stringify(value));
  } catch {
    // Full or forbidden: nothing depends on it.
  }
}

/** Drop what was kept under `name`. */
export function drop(name) {
  try {
    localStorage.removeItem(prefix() + name);
  } catch {
    // Forbidden: then there was nothing either.
  }
}

/** Drop everything of this reader, for leaving a shared computer. */
export function forgetAll() {
  document.dispatchEvent(new CustomEvent("earshot:forget"));
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix())) localStorage.removeItem(key);
  } catch {
    // Forbidden: then there was nothing either.
  }
}
