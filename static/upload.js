/** Choosing and sending files: dropping, checking beforehand, progress. Without it the plain forms do. */
import { droppedFiles } from "./upload/checks.js";
import { again, cancel, hasSent, send, takeOff } from "./upload/sending.js";
import { choose, leaveOut } from "./upload/story.js";

const goesAlong = (zone) => zone.closest("form")?.matches("[data-sends-itself]");
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

function take(zone, files) {
  if (!files.length) return;
  if (goesAlong(zone)) choose(zone, files);
  else send(zone, files);
}

document.addEventListener("change", ({ target }) => {
  const zone = target.closest?.("[data-drop]");
  if (!zone || target.type !== "file") return;
  const files = [...target.files];
  // The queue sends them; left in the input they would go again with the form.
  if (!goesAlong(zone)) target.value = "";
  take(zone, files);
});

function over(zone) {
  for (const one of document.querySelectorAll("[data-drop]")) one.classList.toggle("is-over", one === zone);
}

/** Return the zone that a drop at this place is meant for: the one below it, or the page's only one. */
function zoneOf(event) {
  const zones = document.querySelectorAll("[data-drop]");
  return event.target.closest?.("[data-drop]") ?? (zones.length === 1 ? zones[0] : null);
}

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  // Without this, a file dropped beside the zone would replace the page and end the sound.
  event.preventDefault();
  const zone = zoneOf(event);
  event.dataTransfer.dropEffect = zone ? "copy" : "none";
  over(zone);
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) over(null);
});

document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  over(null);
  const zone = zoneOf(event);
  if (zone) take(zone, droppedFiles(event.dataTransfer));
});

// Sending began when the files were chosen; the button is for browsers without scripts, and to choose.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("form[data-uploads]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!hasSent(form)) form.querySelector('input[type="file"]').click();
  },
  true,
);

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button");
  const row = button?.closest(".drop__file");
  const zone = row?.closest("[data-drop]");
  if (!zone) return;
  if ("dropCancel" in button.dataset) cancel(row);
  else if ("dropAgain" in button.dataset) again(row);
  else if ("keepBoth" in button.dataset) again(row, { twice: true });
  else if ("dropRow" in button.dataset) (goesAlong(zone) ? leaveOut : takeOff)(zone, row);
});
