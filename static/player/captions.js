/** The captions of a narration, shown above the player wherever one browses. */
import { state } from "./engine.js";
import { keep, recall } from "../app/store.js";

const player = document.querySelector("#player");
const button = player.querySelector("[data-captions]");
const line = player.querySelector("[data-caption]");
let shown = null;

const wanted = () => recall("captions", false);

function address() {
  return state.item?.key.startsWith("track:") ? state.item.src.replace(/stream([?#].*)?$/, "captions.vtt") : "";
}

function take() {
  const here = address();
  button.disabled = !here;
  const on = Boolean(here) && wanted();
  button.setAttribute("aria-pressed", String(on));
  if (shown?.src && on && shown.getAttribute("src") === here) return;
  shown?.remove();
  shown = null;
  say("");
  if (!here) return;
  shown = document.createElement("track");
  shown.kind = "captions";
  shown.label = "Captions";
  shown.src = here;
  state.audio.append(shown);
  // A disabled track is not fetched; a hidden one tells its cues without drawing them.
  shown.track.mode = on ? "hidden" : "disabled";
  const { track } = shown;
  track.addEventListener("cuechange", () => say([...(track.activeCues ?? [])].map(({ text }) => plain(text)).join("\n")));
}

/** The text of a cue, in which & and < are written as in HTML. */
function plain(text) {
  const marks = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
  return text.replace(/&(amp|lt|gt);/g, (mark) => marks[mark]);
}

function say(words) {
  line.textContent = words;
  line.hidden = !words;
}

button.addEventListener("click", () => {
  keep("captions", !wanted());
  const on = wanted();
  button.setAttribute("aria-pressed", String(on));
  if (shown) shown.track.mode = on ? "hidden" : "disabled";
  if (!on) say("");
});
document.addEventListener("earshot:item", take);
take();
