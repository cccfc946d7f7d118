/** The moment that is heard, also between two looks at the audio element. */

const MOST_AHEAD = 0.25;

export class Clock {
  #audio;
  #seconds = 0;
  #seen = 0;

  constructor(audio) {
    this.#audio = audio;
  }

  /** Seconds from the start of the sound. */
  now() {
    const { currentTime, paused, seeking, readyState, playbackRate } = this.#audio;
    const here = performance.now();
    const stands = paused || seeking || readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    if (stands || currentTime !== this.#seconds) {
      this.#seconds = currentTime;
      this.#seen = here;
      return currentTime;
    }
    return currentTime + Math.min(MOST_AHEAD, ((here - this.#seen) / 1000) * playbackRate);
  }
}
