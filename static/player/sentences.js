/** A sentence back, forward, or once more, wherever one browses. */
import { isPlaying, now, play, seek, state } from "./engine.js";
import { loadWords, wordsAddress } from "../readalong/words.js";

/** Who goes back within the first moments of a sentence means the one before. */
const JUST_BEGUN = 1.2;
const INTO = 0.001;
const buttons = document.querySelectorAll("#player [data-sentence]");
let sentences = null;
let asked = "";

async function take() {
  const address = wordsAddress(state.item);
  if (address === asked && (sentences || !address)) return;
  asked = address;
  sentences = null;
  enable();
  // Nothing is fetched for a sound that only waits in the player.
  if (!address || !isPlaying()) {
    asked = "";
    return;
  }
  const words = await loadWords(address);
  if (asked !== address) return;
  sentences = words?.sentences.length ? words.sentences : null;
  enable();
}

function enable() {
  const on = Boolean(wordsAddress(state.item)) && (sentences !== null || !asked);
  for (const button of buttons) button.disabled = !on;
}

/** Go `by` sentences on or back; 0 says the present one again. */
export async function goSentence(by) {
  const address = wordsAddress(state.item);
  if (!address) return;
  const words = await loadWords(address);
  const list = words?.sentences;
  if (!list?.length || wordsAddress(state.item) !== address) return;
  const here = now();
  let index = list.at(here);
  if (by < 0 && index >= 0 && here - list.start[index] > JUST_BEGUN) index += 1;
  index = Math.max(0, Math.min(list.length - 1, index + by));
  seek(list.start[index] + INTO);
  if (by === 0 && !isPlaying()) play();
}

for (const button of buttons) button.addEventListener("click", () => goSentence(Number(button.dataset.sentence)));
for (const name of ["item", "play"]) document.addEventListener(`earshot:${name}`, take);
enable();
