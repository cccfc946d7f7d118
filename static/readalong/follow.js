/** Scrolls along with what is spoken, until the reader scrolls; never while nothing plays. */

const SLACK = 24;
const SETTLE = 900;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const KEYS = new Set(["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"]);

export class Follow {
  /** Whether the page goes along. */
  following = true;
  #changed;
  #active;
  #gone = new AbortController();
  #ownUntil = 0;
  #rest = scrollY;
  #height = 0;

  /**
   * @param {() => void} changed called whenever `following` does
   * @param {() => boolean} active whether there is something to go along with
   */
  constructor(changed, active) {
    this.#changed = changed;
    this.#active = active;
    const { signal } = this.#gone;
    this.hold();
    addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    addEventListener("scrollend", () => this.#arrived(), { signal });
    addEventListener("resize", () => this.hold(), { signal });
    addEventListener("wheel", (event) => this.#taken(event), { signal, passive: true });
    addEventListener("touchmove", (event) => this.#taken(event), { signal, passive: true });
    addEventListener("keydown", (event) => KEYS.has(event.key) && this.#taken(event), { signal });
  }

  /** Bring `rect` into the middle third of what is visible, unless it is there. */
  show(rect) {
    if (!this.following || !rect) return;
    const { top, height } = visible();
    const upper = top + height / 3;
    const lower = top + (height * 2) / 3;
    if (rect.top >= upper - SLACK && rect.bottom <= lower + SLACK) return;
    const most = document.documentElement.scrollHeight - innerHeight;
    const target = Math.max(0, Math.min(most, scrollY + rect.top - upper));
    if (Math.abs(target - scrollY) < 2) return;
    this.hold(target);
    scrollTo({ top: target, behavior: calm.matches ? "instant" : "smooth" });
  }

  /** Go along again. */
  resume() {
    this.following = true;
    this.hold();
    this.#changed();
  }

  /** Take the next moments' scrolling as not the reader's: a page that arrives or changes its size. */
  hold(target = scrollY) {
    this.#ownUntil = performance.now() + SETTLE;
    this.#rest = target;
    this.#height = document.documentElement.scrollHeight;
  }

  stop() {
    this.#gone.abort();
  }

  /** The reader scrolls while the page still glides, which would carry on and swallow it. */
  #taken({ target, deltaY }) {
    if (deltaY === 0 || performance.now() >= this.#ownUntil || target.closest?.("#player, dialog")) return;
    this.#ownUntil = 0;
    if (!this.following || !this.#active()) return;
    scrollTo({ top: scrollY, behavior: "instant" });
    this.#rest = scrollY;
    this.following = false;
    this.#changed();
  }

  #arrived() {
    this.#rest = scrollY;
    this.#ownUntil = 0;
  }

  #scrolled() {
    const { scrollHeight } = document.documentElement;
    if (scrollHeight !== this.#height) {
      // Something on the page grew; the browser keeps the text in place by itself.
      this.#height = scrollHeight;
      this.#rest = scrollY;
      return;
    }
    if (performance.now() < this.#ownUntil) {
      this.#rest = scrollY;
      return;
    }
    if (!this.#active()) this.#rest = scrollY;
    if (Math.abs(scrollY - this.#rest) < SLACK || !this.following) return;
    this.following = false;
    this.#changed();
  }
}

/** The part of the window that neither player nor tabs cover. */
export function visible() {
  let bottom = innerHeight;
  for (const bar of document.querySelectorAll("#player:not([hidden]), #rail")) {
    const box = bar.getBoundingClientRect();
    if (getComputedStyle(bar).position === "fixed" && box.top > innerHeight / 2) bottom = Math.min(bottom, box.top);
  }
  return { top: 0, height: bottom };
}
