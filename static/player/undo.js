/** After a long jump, the way back. */
import { now, seek, state } from "./engine.js";
import { offer } from "./offers.js";
import { clock } from "./words.js";

const FAR = 60;
let here = 0;

document.addEventListener("earshot:item", () => (here = now()));
document.addEventListener("earshot:time", () => {
  if (!state.audio.seeking) here = now();
});
document.addEventListener("earshot:seek", () => {
  const left = here;
  here = now();
  if (state.cause !== "reader" || Math.abs(here - left) < FAR) return;
  offer(`Moved to ${clock(here)}.`, [[`Back to ${clock(left)}`, () => seek(left)]], 8);
});
