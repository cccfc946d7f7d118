/** Text that was typed and not saved: kept in this browser, offered back, dropped once it is saved. */
import { icon } from "./notices.js";
import { drop, keep, recall } from "./store.js";

const TEXTS = 'textarea[name], input[name]:is([type="text"], [type="url"], [type="datetime-local"], [type="date"], :not([type]))';
const name = (form) => `draft:${form.dataset.draft}`;
const version = (form) => form.dataset.draftVersion ?? "";
let timer = 0;

const read = (form) => Object.fromEntries([...form.querySelectorAll(TEXTS)].map((input) => [input.name, input.value]));
const untouched = (form) => [...form.querySelectorAll(TEXTS)].every((input) => input.value === input.defaultValue);

function save(form) {
  if (untouched(form)) drop(name(form));
  else {
    keep(name(form), { version: version(form), values: read(form) });
    const state = form.querySelector("[data-draft-state]");
    if (state) state.textContent = "Draft kept in this browser";
  }
}

function offer(form) {
  const line = document.createElement("p");
  line.className = "kept";
  line.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = "We kept what you typed.";
  const discard = document.createElement("button");
  discard.type = "button";
  discard.textContent = "Discard it";
  discard.addEventListener("click", () => {
    drop(name(form));
    for (const input of form.querySelectorAll(TEXTS)) input.value = input.defaultValue;
    line.remove();
    form.querySelector(TEXTS)?.focus();
  });
  line.append(icon("history"), words, discard);
  const place = form.querySelector("[data-draft-place]");
  if (place) place.replaceChildren(line);
  else form.prepend(line);
}

function restore(form) {
  if (form.dataset.draftReady) return;
  form.dataset.draftReady = "yes";
  const draft = recall(name(form));
  if (!draft || form.querySelector('[aria-invalid="true"]')) return;
  if (draft.version !== version(form)) {
    drop(name(form));
    return;
  }
  const inputs = [...form.querySelectorAll(TEXTS)].filter((input) => input.name in draft.values);
  if (inputs.every((input) => input.value === draft.values[input.name])) return;
  for (const input of inputs) input.value = draft.values[input.name];
  offer(form);
}

const restoreAll = () => document.querySelectorAll("form[data-draft]").forEach(restore);

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-draft]");
  if (!form) return;
  clearTimeout(timer);
  timer = setTimeout(save, 300, form);
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  // Not detail.elt: that is the body once the form has left the page.
  const form = detail.requestConfig.elt;
  if (!form.matches("form[data-draft]")) return;
  clearTimeout(timer);
  if (detail.xhr.status >= 200 && detail.xhr.status < 300) drop(name(form));
  else save(form);
});

// A form that the browser sends itself is saved when the page after it doesn't show it again.
document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (!defaultPrevented && target.matches("form[data-draft]")) {
    save(target);
    sessionStorage.setItem("earshot:sent", name(target));
  }
});
const sent = sessionStorage.getItem("earshot:sent");
if (sent) {
  sessionStorage.removeItem("earshot:sent");
  if (![...document.querySelectorAll("form[data-draft]")].some((form) => name(form) === sent)) drop(sent);
}

document.addEventListener("htmx:afterSettle", restoreAll);
document.addEventListener("htmx:historyRestore", restoreAll);
restoreAll();
