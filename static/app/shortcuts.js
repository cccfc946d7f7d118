/** Keys for places and for search, explained by `?`, and a switch that turns them off for this reader. */
import { visit } from "./navigation.js";

const PLACES = {
  d: "/", n: "/news/", u: "/news/?view=unread", b: "/news/?view=starred", t: "/news/tags",
  m: "/media/", a: "/audio/", f: "/sources/", h: "/audio/generations", s: "/account",
};
const dialog = document.querySelector("#shortcuts");
let first = "";
let timer = 0;

/** Whether keys are in use, and `event` was not meant for a field. */
export function isFree(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || !enabled()) return false;
  if (document.querySelector("dialog[open]")) return false;
  const field = event.target.closest?.('input, textarea, select, [contenteditable]:not([contenteditable="false"])');
  // A box has no use for letters, but for the space.
  return !field || (field.type === "checkbox" && event.key !== " ");
}

function enabled() {
  return document.querySelector("#rail")?.dataset.keys === "on";
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
  if (begun === "g" && Object.hasOwn(PLACES, key)) visit(PLACES[key]);
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
  const rail = document.querySelector("#rail");
  rail.dataset.keys = target.checked ? "on" : "off";
  const sent = new URLSearchParams({ keys: rail.dataset.keys, csrf_token: document.querySelector('meta[name="csrf-token"]').content });
  fetch(target.dataset.keysSwitch, { method: "POST", body: sent, keepalive: true, redirect: "manual" }).catch(() => {
    // The keys have changed already; it is only not remembered.
  });
});
