/** One tab plays at a time: whoever starts silences the others of this reader. */
import { isPlaying, pause, state } from "./engine.js";

const channel = globalThis.BroadcastChannel ? new BroadcastChannel("earshot:player") : null;
const reader = document.body.dataset.reader;

document.addEventListener("earshot:play", () => channel?.postMessage({ reader }));
channel?.addEventListener("message", ({ data }) => {
  if (data.reader !== reader || !isPlaying()) return;
  // The other tab knows the place from now on.
  state.touched = false;
  pause();
});
