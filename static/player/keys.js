/** Space, sentences and speed anywhere but in a control; arrows and m while the player has the focus. */
import { skip, state, toggle } from "./engine.js";
import { goSentence } from "./sentences.js";
import { faster, louder, toggleMute } from "./speed.js";
import { isFree } from "../app/shortcuts.js";

const CONTROLS = "button, a, summary, audio, video, label, [role='button'], [role='slider']";
const ANYWHERE = {
  "[": () => goSentence(-1),
  "]": () => goSentence(1),
  r: () => goSentence(0),
  ",": () => faster(-0.05),
  ".": () => faster(0.05),
};
const IN_PLAYER = {
  ArrowLeft: () => skip(-10),
  ArrowRight: () => skip(30),
  ArrowUp: () => louder(0.05),
  ArrowDown: () => louder(-0.05),
  m: toggleMute,
};

document.addEventListener("keydown", (event) => {
  if (!state.item || !isFree(event)) return;
  const inPlayer = event.target.closest?.("#player");
  if (event.key === " ") {
    if (event.target.closest?.(CONTROLS)) return;
    toggle();
  } else if (inPlayer && event.key in IN_PLAYER) IN_PLAYER[event.key]();
  else if (event.key in ANYWHERE) ANYWHERE[event.key]();
  else return;
  event.preventDefault();
});
