/** Where the keyboard goes on when the button that was pressed is replaced by what came of it. */
const waiting = new Set();

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const id = detail.elt.dataset?.focusAfter;
  if (id && detail.elt.contains(document.activeElement)) waiting.add(id);
});

document.addEventListener("htmx:afterSettle", () => {
  for (const id of waiting) {
    waiting.delete(id);
    // The button was switched off while it was sent, which takes the focus from it.
    if (document.activeElement === document.body) document.getElementById(id)?.focus({ preventScroll: true });
  }
});
