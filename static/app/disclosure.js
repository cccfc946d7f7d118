/** What opens and closes: questions in place, menus, passwords shown. */

function close(details, focus = false) {
  details.open = false;
  if (focus) details.querySelector("summary")?.focus();
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
  if (!target.open) return;
  if (target.matches("details[data-confirm]")) target.querySelector(".confirm__question")?.focus();
  else if (target.matches("details[data-asks]")) target.querySelector("input")?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.("details[data-closes][open], details[data-confirm][open]");
  if (open) close(open, true);
});
