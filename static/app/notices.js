/** Notices and toasts: shown, dismissed, and toasts taken away after a while. */

const STAY = 7000;
const icons = () => document.querySelector("#player")?.dataset.icons ?? "/static/icons.svg";

/** Return an icon of the sprite. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${icons()}#${name}`);
  svg.append(use);
  return svg;
}

/** Show `message` in the place that the server's own notices use. */
export function showNotice(message) {
  const box = document.createElement("div");
  box.className = "notice notice--error";
  const words = document.createElement("p");
  words.textContent = message;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-button icon-button--small";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", "Dismiss");
  close.append(icon("x"));
  box.append(icon("circle-alert"), words, close);
  document.querySelector("#notice")?.replaceChildren(box);
}

function leave(toast) {
  if (toast.matches(":hover, :focus-within")) {
    setTimeout(leave, 1500, toast);
    return;
  }
  toast.classList.add("is-leaving");
  setTimeout(() => toast.remove(), 450);
}

function tend(toasts) {
  for (const toast of toasts) {
    if (!(toast instanceof Element) || !toast.matches("[data-toast]") || toast.dataset.tended) continue;
    toast.dataset.tended = "yes";
    if (!toast.matches(".toast--error")) setTimeout(leave, STAY, toast);
  }
}

const shelf = document.querySelector("#toasts");
if (shelf) {
  tend(shelf.children);
  new MutationObserver((changes) => changes.forEach((change) => tend(change.addedNodes))).observe(shelf, { childList: true });
}

document.addEventListener("click", ({ target }) => {
  target.closest("[data-dismiss]")?.closest(".toast, .notice")?.remove();
});
