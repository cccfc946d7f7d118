/** Reads along on one page: lights up what is said, scrolls along, and starts where one presses. */
import { isPlaying, load, play, seek, state } from "../player/engine.js";
import { Caret } from "./caret.js";
import { Clock } from "./clock.js";
import { Follow, visible } from "./follow.js";
import { makePainter } from "./painter.js";
import { Places } from "./places.js";
import { characterAt, isPlainPress } from "./pointing.js";
import { loadWords } from "./words.js";

/** Share of the words that must stand on the page to light them up there. */
const ENOUGH = 0.8;
/** Seconds, so that rounding can't leave a press in the word before. */
const INTO_SPAN = 0.001;
/** The system's own colours know only one kind of highlight. */
const plain = matchMedia("(forced-colors: active)");

export class Reader {
  /** @param {HTMLElement} section the element with data-readalong  @param {import("./controls.js").Controls} controls */
  constructor(section, controls) {
    this.section = section;
    this.item = JSON.parse(section.dataset.item);
    this.controls = controls;
    this.gone = new AbortController();
    this.clock = new Clock(state.audio);
    this.main = document.querySelector("[data-readalong-text='main']");
    this.frame = this.main.closest("article") ?? document.querySelector("#page");
    this.painter = makePainter(this.frame);
    this.lit = { word: -1, sentence: -1, ahead: false };
    this.follow = new Follow(() => this.showBack(), () => this.isCurrent && this.lit.sentence >= 0);
    this.running = 0;
  }

  /** Fetch the words, find them on the page, and begin to follow the player. */
  async begin() {
    const { signal } = this.gone;
    this.words = await loadWords(this.section.dataset.words);
    if (signal.aborted) return;
    if (!this.words) {
      this.controls.failed();
      return;
    }
    this.control();
    this.show(false);
    for (const name of ["item", "play", "pause", "seek", "time", "end", "error"]) {
      document.addEventListener(`earshot:${name}`, () => this.wake(name), { signal });
    }
    this.frame.addEventListener("click", (event) => this.pressed(event), { signal });
    this.wake("item");
  }

  /** Go on with a fresh line of controls; the text is the same. */
  adopt(section, controls) {
    this.section = section;
    controls.takeOver(this.controls);
    this.controls = controls;
    if (!this.words) return;
    this.control();
    this.controls.showView(this.isSpoken, this.differs, this.main);
    this.showBack();
  }

  control() {
    this.controls.tell(this.words, () => this.refresh(), (spoken) => this.show(spoken));
    this.controls.back.addEventListener("click", () => this.goBack());
  }

  stop() {
    this.gone.abort();
    this.follow.stop();
    cancelAnimationFrame(this.running);
    this.caret?.stop();
    this.painter.clear();
    this.controls.discard(this.main);
    document.documentElement.classList.remove("is-reading-along");
  }

  /** Whether the player holds this narration. */
  get isCurrent() {
    return state.item?.key === this.item.key;
  }

  /** What lights up: word, sentence or off. */
  get mode() {
    const wanted = this.controls.mode;
    if (this.words.mode === "none" || wanted === "off") return "off";
    return this.words.mode === "word" ? wanted : "sentence";
  }

  /** Play from `seconds` on, unless the reader is hearing something else. */
  startAt(seconds) {
    if (!this.isCurrent) {
      if (isPlaying()) return;
      state.audio.preload = "metadata";
      load(this.item, seconds);
    } else seek(seconds, "word");
    this.follow.resume();
    if (!isPlaying()) play();
  }

  /** Find the words in the story, or in what is read. */
  show(spoken) {
    const regions = spoken ? [this.controls.spoken(this.main)] : [...document.querySelectorAll("[data-readalong-text]")];
    this.caret?.stop();
    this.follow.hold();
    this.isSpoken = spoken;
    this.places = new Places(this.words, regions);
    this.differs = !spoken && this.places.share < ENOUGH;
    this.controls.showView(spoken, this.differs, this.main);
    this.caret = new Caret(this, spoken ? regions[0] : this.main);
    if (this.differs && this.isCurrent) this.show(true);
    else this.refresh();
  }

  /** Look again, whatever was lit before. */
  refresh() {
    this.lit = { word: -2, sentence: -2, ahead: false };
    this.update();
  }

  wake(name) {
    if (name === "item" || name === "play") {
      if (this.differs && this.isCurrent) this.show(true);
    }
    this.update(name === "seek" || name === "play");
    if (this.isCurrent && isPlaying() && !this.running) this.run();
  }

  run() {
    this.running = requestAnimationFrame(() => {
      this.running = 0;
      this.update();
      if (this.isCurrent && isPlaying()) this.run();
    });
  }

  /** Light up what is said now; `moved` when the reader went somewhere. */
  update(moved = false) {
    const { word, sentence, ahead } = this.now();
    const old = this.lit;
    if (word === old.word && sentence === old.sentence && ahead === old.ahead && !moved) return;
    this.lit = { word, sentence, ahead };
    if (word !== old.word) this.painter.paint("spoken-word", this.places.word(word));
    if (sentence !== old.sentence) {
      this.painter.paint("spoken-sentence", plain.matches && word >= 0 ? null : this.places.sentence(sentence));
    }
    if (sentence !== old.sentence || ahead !== old.ahead) {
      this.painter.paint("spoken-ahead", ahead ? this.places.after(sentence) : null);
    }
    document.documentElement.classList.toggle("is-reading-along", this.isCurrent && this.mode !== "off");
    if (sentence >= 0 && (isPlaying() || moved)) this.follow.show(this.rect(sentence !== old.sentence || moved));
    this.showBack();
  }

  now() {
    const nothing = { word: -1, sentence: -1, ahead: false };
    const { mode } = this;
    if (mode === "off" || !this.isCurrent) return nothing;
    const seconds = this.clock.now();
    const playing = isPlaying();
    if (!seconds && !playing) return nothing;
    const { words, sentences } = this.words;
    const word = mode === "word" ? words.at(seconds) : -1;
    const sentence = word >= 0 ? sentences.of(words.from[word]) : sentences.at(seconds);
    return { word, sentence, ahead: playing && sentence >= 0 && !plain.matches };
  }

  /** Where the sentence stands in the window; the word, when the sentence is too tall for the middle. */
  rect(fresh) {
    const box = this.places.sentence(this.lit.sentence)?.getBoundingClientRect();
    if (!box || box.height <= visible().height / 3) return fresh ? box : null;
    return (this.places.word(this.lit.word) ?? this.places.sentence(this.lit.sentence)).getBoundingClientRect();
  }

  showBack() {
    const lit = this.isCurrent && this.lit.sentence >= 0;
    if (this.follow.following || !lit) {
      this.controls.showBack(false);
      return;
    }
    const box = this.places.sentence(this.lit.sentence)?.getBoundingClientRect();
    this.controls.showBack(Boolean(box), box && box.top < 0 ? "arrow-up" : "arrow-down");
  }

  goBack() {
    this.follow.resume();
    this.follow.show(this.rect(true));
  }

  pressed(event) {
    if (this.mode === "off" || !isPlainPress(event)) return;
    const character = characterAt(this.places.page, event.clientX, event.clientY);
    const span = character < 0 ? -1 : this.places.at(character);
    if (span >= 0) this.startAt(this.words.finest.start[span] + INTO_SPAN);
  }
}
