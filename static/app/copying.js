/** Copying a secret, and the bookmarklet, which is for dragging and not for pressing. */

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  const words = button.querySelector("span");
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    words.textContent = "Copied";
  } catch {
    // Without https the clipboard is closed to scripts, but what is selected can be copied by key.
    words.textContent = "Press Ctrl+C";
  }
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-bookmarklet]")) return;
  event.preventDefault();
  document.querySelector("[data-bookmarklet-words]").hidden = false;
});
