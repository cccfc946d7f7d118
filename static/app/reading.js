/** Stories and their states: opened ones are marked, answers find their places, messages offer to undo. */
import { wayBack } from "./storykeys.js";

/** Mark the story that is looked at as read, if the page asks for it: not while it is only fetched ahead or hidden. */
function look() {
  const button = document.querySelector("[data-seen]");
  if (!button || document.hidden || document.prerendering) return;
  delete button.dataset.seen;
  window.htmx?.ajax("POST", button.getAttribute("hx-post"), {
    source: button,
    // Not the button, which may be gone when the answer comes, nor anything around the story: nothing of it is replaced.
    target: "#toasts",
    swap: "none",
    values: { as: "read", quiet: "yes" },
  });
}

for (const name of ["htmx:afterSettle", "htmx:historyRestore", "visibilitychange", "prerenderingchange"]) {
  document.addEventListener(name, look);
}
if (document.readyState === "complete") look();
else addEventListener("load", look);

// Parts of an answer for places that this page doesn't have: a row, say, that stands on another one.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.serverResponse.includes("hx-swap-oob")) return;
  const answer = document.createElement("template");
  answer.innerHTML = detail.serverResponse;
  for (const part of answer.content.querySelectorAll("[hx-swap-oob]")) {
    if (!document.getElementById(part.id)) part.remove();
  }
  detail.serverResponse = answer.innerHTML;
});

const ways = new WeakMap();
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.matches("[data-stories-bulk]")) ways.set(detail.xhr, wayBack());
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt;
  if (!detail.successful) return;
  if (form.matches("[data-undo]")) form.closest("[data-toast]")?.remove();
  if (form.matches("[data-stories-bulk]")) {
    for (const open of form.querySelectorAll("details[open]")) open.open = false;
    // Its boxes too: that pictures go with the stories is asked for each time.
    form.reset();
    form.querySelector("[data-select-none]").click();
    ways.get(detail.xhr)?.();
  }
});

// What a form of filters leaves open has no place in the address.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get" || !detail.elt.matches("[data-filters]")) return;
  const sent = detail.formData ?? detail.parameters;
  for (const [name, value] of [...sent.entries()]) if (value === "") sent.delete(name);
});
