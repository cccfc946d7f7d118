/** Where the keyboard goes on when the button that was pressed is replaced by what came of it. */
const waiting = new Map();

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const id = detail.elt.dataset?.focusAfter;
  if (id && detail.elt.contains(document.activeElement)) waiting.set(detail.xhr, id);
});

// Of its own request: others, such as the one that marks a story as read, may settle before it.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const id = waiting.get(detail.xhr);
  waiting.delete(detail.xhr);
  // The button was switched off while it was sent, which takes the focus from it.
  if (id && document.activeElement === document.body) document.getElementById(id)?.focus({ preventScroll: true });
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) waiting.delete(detail.xhr);
});
