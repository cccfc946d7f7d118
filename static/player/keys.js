/** Space anywhere but in a control; arrows and m while the player has the focus. */
import { skip, state, toggle } from "./engine.js";
import { louder, toggleMute } from "./speed.js";
import { isFree } from "../app/shortcuts.js";

const CONTROLS = "button, a, summary, audio, video, label, [role='button'], [role='slider']";

document.addEventListener("keydown", (event) => {
  if (!state.item || !isFree(event)) return;
  if (event.key === " ") {
    if (event.target.closest?.(CONTROLS)) return;
    toggle();
  } else if (event.target.closest?.("#player")) {
    if (event.key === "ArrowLeft") skip(-15);
    else if (event.key === "ArrowRight") skip(30);
    else if (event.key === "ArrowUp") louder(0.05);
    else if (event.key === "ArrowDown") louder(-0.05);
    else if (event.key === "m") toggleMute();
    else return;
  } else return;
  event.preventDefault();
});
