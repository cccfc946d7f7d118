/** The line above the text: what lights up, what is read, how far the times can be trusted. */
import { keep, recall } from "../app/store.js";

const NOTES = {
  none: "The times of this narration can't be trusted, so nothing lights up. It can still be heard.",
  differs: "What is read differs from the story, so it is shown here instead.",
  failed: "The words of this narration could not be fetched. Reload the page to read along.",
};

export class Controls {
  #section;
  #spoken = null;
  #words = null;

  constructor(section) {
    this.#section = section;
    this.back = section.querySelector("[data-back]");
  }

  /** Keep the text that an earlier line of controls has shown. */
  takeOver(earlier) {
    this.#spoken = earlier.#spoken;
  }

  /** Take away what was added to the page. */
  discard(main) {
    this.#spoken?.remove();
    main.hidden = false;
    this.showBack(false);
  }

  /** What the reader wants lit: word, sentence or off; the same on every story. */
  get mode() {
    const kept = recall("reading-mode", "word");
    return ["word", "sentence", "off"].includes(kept) ? kept : "word";
  }

  /** Show what these words allow, and call `changed` or `show` when the reader chooses. */
  tell(words, changed, show) {
    const section = this.#section;
    this.#words = words;
    section.dataset.mode = words.mode;
    for (const button of section.querySelectorAll("button[data-mode]")) {
      button.disabled = words.mode === "none" || (words.mode === "sentence" && button.dataset.mode === "word");
    }
    section.querySelector("[data-show-spoken]")?.removeAttribute("disabled");
    this.#press();
    section.addEventListener("click", ({ target }) => {
      const mode = target.closest("button[data-mode]");
      const view = target.closest("[data-show-spoken]");
      if (mode) {
        keep("reading-mode", mode.dataset.mode);
        this.#press();
        changed();
      } else if (view) show(view.getAttribute("aria-pressed") !== "true");
    });
    if (words.mode === "none") this.note([NOTES.none, ...words.reasons].join(" "));
  }

  #press() {
    const wanted = this.mode;
    const shown = this.#words.mode === "sentence" && wanted === "word" ? "sentence" : wanted;
    for (const button of this.#section.querySelectorAll("button[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === shown && this.#words.mode !== "none"));
    }
  }

  /** The spoken text as an element behind `main`, made when it is first wanted. */
  spoken(main) {
    if (this.#spoken) return this.#spoken;
    const box = document.createElement("div");
    box.className = "prose spoken";
    box.dir = "auto";
    if (this.#words.language) box.lang = this.#words.language;
    for (const block of this.#words.text.split("\n\n")) {
      const paragraph = document.createElement("p");
      block.split("\n").forEach((line, index) => paragraph.append(...(index ? [document.createElement("br")] : []), line));
      box.append(paragraph);
    }
    main.after(box);
    this.#spoken = box;
    return box;
  }

  /** Show the story or what is read in its place. */
  showView(spoken, differs, main) {
    main.hidden = spoken;
    if (this.#spoken) this.#spoken.hidden = !spoken;
    const button = this.#section.querySelector("[data-show-spoken]");
    button?.setAttribute("aria-pressed", String(spoken));
    if (differs) this.note(NOTES.differs);
  }

  /** Offer the way back to the spoken word, or take the offer away. */
  showBack(on, glyph = "arrow-down") {
    this.back.hidden = !on;
    const use = this.back.querySelector("use");
    const address = use.getAttribute("href").replace(/#.*/, `#${glyph}`);
    if (use.getAttribute("href") !== address) use.setAttribute("href", address);
  }

  failed() {
    this.note(NOTES.failed);
  }

  note(words) {
    const line = this.#section.querySelector("[data-note]");
    line.textContent = words;
    line.hidden = !words;
  }
}
