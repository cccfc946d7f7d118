/** Samples of voices: a sound of their own, which leaves what the player holds as it is. */
import { pause } from "./engine.js";

const sound = new Audio();
let current = null;

function show(button, on) {
  if (!button?.isConnected) return;
  button.setAttribute("aria-pressed", String(on));
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, on ? "#pause" : "#play"));
}

function stop() {
  sound.pause();
  show(current, false);
  current = null;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-sample]");
  if (!button) return;
  const again = button === current;
  stop();
  if (again) return;
  pause();
  current = button;
  show(button, true);
  sound.src = button.dataset.sample;
  try {
    await sound.play();
  } catch (error) {
    if (error.name === "AbortError" || current !== button) return;
    stop();
    button.closest(".voice")?.classList.add("is-silent");
  }
});
sound.addEventListener("ended", stop);
for (const name of ["earshot:play", "htmx:beforeSwap"]) document.addEventListener(name, () => current && stop());
