/** Light, dark or the system's choice, at once; the form does the same without scripts. */

function show(theme) {
  document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("[data-themes] button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-themes]") || !event.submitter) return;
  event.preventDefault();
  event.stopPropagation();
  show(event.submitter.value);
  fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" }).catch(() => {
    // The look has changed already; it is only not remembered.
  });
}, true);
