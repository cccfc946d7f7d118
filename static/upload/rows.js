/** The list below a drop zone: one row for each file, whatever becomes of it. */
import { icon } from "../app/notices.js";
import { canBeShown, size } from "./checks.js";

function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Return a small button with an icon; `does` names the listener that it is for. */
export function iconButton(glyph, label, does) {
  const button = make("button", "icon-button icon-button--small icon-button--quiet");
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.dataset[does] = "";
  button.append(icon(glyph));
  return button;
}

/** Return a small button with words. */
export function wordButton(words, does) {
  const button = make("button", "button button--small", words);
  button.type = "button";
  button.dataset[does] = "";
  return button;
}

function picture(file) {
  const place = make("span", "drop__pic");
  if (!canBeShown(file)) {
    place.append(icon(file.type.startsWith("audio/") ? "audio-lines" : "file-x"));
    return place;
  }
  const image = document.createElement("img");
  image.alt = "";
  // Kept until the page goes: a preview that is drawn again would find its address revoked.
  image.onerror = () => {
    URL.revokeObjectURL(image.src);
    image.replaceWith(icon("file-image"));
  };
  image.src = URL.createObjectURL(file);
  place.append(image);
  return place;
}

/** Put a row for `file` into the list of `zone` and return it. */
export function addRow(zone, file) {
  const list = zone.querySelector("[data-drop-list]");
  const row = make("li", "drop__file");
  const name = make("span", "drop__name cut", file.name);
  name.title = file.name;
  row.append(picture(file), name, make("span", "drop__note num", size(file.size)));
  list.hidden = false;
  list.append(row);
  return row;
}

/** Replace what stands beside a row's picture and name. */
export function fill(row, ...parts) {
  row.classList.remove("is-refused", "is-done");
  row.replaceChildren(row.children[0], row.children[1], ...parts);
}

/** Show why a file was refused; it may be taken off the list. */
export function refuse(row, name, reason, ...buttons) {
  const note = make("span", "drop__note", `${name} ${reason}`);
  fill(row, note, ...buttons, iconButton("x", `Take ${name} off the list`, "dropRow"));
  row.classList.add("is-refused");
}

/** Show how far the sending of a file is; returns a function that takes the share sent, 0 to 1. */
export function sending(row, name) {
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", name);
  fill(row, bar, iconButton("x", `Stop sending ${name}`, "dropCancel"));
  return (share) => {
    bar.value = Math.floor(share * 100);
    if (share >= 1) bar.replaceWith(make("span", "drop__note", "Checking…"));
  };
}

/** Hide a list that has nothing in it. */
export function tidy(zone) {
  const list = zone.querySelector("[data-drop-list]");
  list.hidden = list.children.length === 0;
}

/** Let screen readers hear `words`. */
export function announce(words) {
  const place = document.querySelector("#announce");
  if (place) place.textContent = words;
}
