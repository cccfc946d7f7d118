/** What opens and closes: questions in place, menus, passwords shown. */

/** What had the focus before a key opened a question. */
const asked = new WeakMap();

function close(details, focus = false) {
  details.open = false;
  const from = asked.get(details);
  asked.delete(details);
  if (focus) (from?.isConnected ? from : details.querySelector("summary"))?.focus({ preventScroll: Boolean(from) });
}

function begin(details) {
  if (details.matches("[data-confirm]")) details.querySelector(".confirm__question")?.focus();
  else if (details.matches("[data-asks]")) details.querySelector("input")?.focus();
}

/** Open the question of `details` for a key; closed, it gives the focus back to `from`. */
export function ask(details, from) {
  if (from) asked.set(details, from);
  details.open = true;
  // At once: what is typed next is meant for it.
  begin(details);
}

document.addEventListener("click", (event) => {
  const target = event.target;
  const kept = target.closest("[data-keep]");
  if (kept) close(kept.closest("details"), true);

  for (const menu of document.querySelectorAll("details[data-closes][open]")) {
    const inside = menu.contains(target);
    // The dialog gives the focus back to what had it before; that must not be inside a closed menu.
    if (inside && target.closest("[data-shortcuts]")) close(menu, true);
    else if (!inside || target.closest("a")) close(menu);
  }

  const reveal = target.closest("[data-reveal]");
  if (reveal) {
    const input = document.getElementById(reveal.dataset.reveal);
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    reveal.setAttribute("aria-pressed", String(shown));
    const use = reveal.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, shown ? "#eye-off" : "#eye"));
    input.focus();
  }
});

// `toggle` does not bubble, but it can be caught on its way down.
document.addEventListener("toggle", ({ target }) => {
  if (target.open) begin(target);
  else asked.delete(target);
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.("details[data-closes][open], details[data-confirm][open]");
  if (open) close(open, true);
});
