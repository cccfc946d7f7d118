/** Keys for places and for search, explained by `?`, and a switch that turns them off in this browser. */
import { visit } from "./navigation.js";
import { keep, recall } from "./store.js";

const PLACES = { h: "/", n: "/news/", m: "/media/", a: "/audio/" };
const dialog = document.querySelector("#shortcuts");
let first = "";
let timer = 0;

/** Whether keys are in use, and `event` was not meant for a field. */
export function isFree(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || !enabled()) return false;
  if (document.querySelector("dialog[open]")) return false;
  return !event.target.closest?.('input, textarea, select, [contenteditable]:not([contenteditable="false"])');
}

function enabled() {
  return recall("keys", "on") === "on";
}

function open() {
  dialog.querySelector("[data-keys-switch]").checked = enabled();
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (!dialog || !isFree(event)) return;
  const key = event.key;
  const begun = first;
  first = "";
  clearTimeout(timer);
  if (begun === "g" && PLACES[key]) visit(PLACES[key]);
  else if (key === "g") {
    first = key;
    timer = setTimeout(() => (first = ""), 1500);
  } else if (key === "/") {
    const field = document.querySelector("#q");
    field?.focus();
    field?.select();
    if (!field) return;
  } else if (key === "n") visit("/news/new");
  else if (key === "?") open();
  else return;
  event.preventDefault();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-shortcuts]")) open();
  // A click on the backdrop is a click on the dialog itself.
  if (target === dialog) dialog.close();
});

dialog?.querySelector("[data-keys-switch]").addEventListener("change", ({ target }) => {
  keep("keys", target.checked ? "on" : "off");
  document.documentElement.classList.toggle("no-keys", !target.checked);
});
document.documentElement.classList.toggle("no-keys", !enabled());
