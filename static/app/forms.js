/** Sending forms: once only, with progress, and with messages put to their fields when files must stay chosen. */
import { forgetAll } from "./store.js";

/** Whether files were chosen in `form`, which a fresh form could not show again. */
export function hasChosenFiles(form) {
  return [...form.querySelectorAll('input[type="file"]')].some((input) => input.files.length > 0);
}

/** Take over the messages of a refused form from `answer`, leaving every value as it is. */
export function mergeMessages(form, answer) {
  for (const place of form.querySelectorAll("[data-errors]")) {
    const name = CSS.escape(place.dataset.errors);
    const fresh = answer.querySelector(`[data-errors="${name}"]`);
    place.replaceChildren(...(fresh ? [...fresh.childNodes].map((node) => document.importNode(node, true)) : []));
    const bad = Boolean(fresh?.querySelector(".field__error"));
    const field = place.closest("[data-field]");
    field?.classList.toggle(field.matches("[data-drop]") ? "drop--bad" : "field--bad", bad);
    field?.querySelector("input, textarea, select")?.setAttribute("aria-invalid", String(bad));
  }
  form.querySelectorAll(":scope > .notice").forEach((old) => old.remove());
  const anchor = form.querySelector("[data-draft-place]") ?? form.firstElementChild;
  const notices = answer.querySelectorAll("form > .notice");
  for (const notice of notices) anchor.after(document.importNode(notice, true));
  const first = form.querySelector('[aria-invalid="true"]');
  if (notices.length) form.querySelector(":scope > .notice").scrollIntoView({ block: "center" });
  first?.focus({ preventScroll: notices.length > 0 });
}

function busy(form, on) {
  for (const button of form.querySelectorAll('button[type="submit"], button:not([type])')) {
    button.disabled = on;
    if (on) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.matches("form") && detail.requestConfig.verb !== "get") busy(detail.elt, true);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.requestConfig.elt;
  if (!form.matches("form")) return;
  busy(form, false);
  const sending = form.querySelector("[data-sending]");
  if (sending && form.matches("[data-sends-itself]")) sending.hidden = true;
});

// A form that the browser sends itself: after the event, so that the pressed button's value still goes along.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-leaves]")) forgetAll();
  if (event.defaultPrevented || form.method !== "post") return;
  setTimeout(() => busy(form, true));
});
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) document.querySelectorAll("form").forEach((form) => busy(form, false));
});

document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  const form = target.closest?.("form[data-sends-itself]");
  if (!form || !detail.lengthComputable || !hasChosenFiles(form)) return;
  const sending = form.querySelector("[data-sending]");
  const part = detail.loaded / detail.total;
  sending.hidden = false;
  sending.querySelector("progress").value = part;
  sending.querySelector("[data-sending-words]").textContent =
    part < 1 ? `Sending, ${Math.floor(part * 100)} %` : "Sent. Checking and storing the files…";
});
