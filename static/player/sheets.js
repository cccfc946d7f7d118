/** What opens above the player: speed, sleep timer, and more. One at a time. */
const player = document.querySelector("#player");
const openers = [...player.querySelectorAll("[data-sheet-open]")];

const sheetOf = (opener) => document.getElementById(opener.getAttribute("aria-controls"));

function open(opener, on) {
  const sheet = sheetOf(opener);
  if (sheet.hidden === !on) return;
  sheet.hidden = !on;
  opener.setAttribute("aria-expanded", String(on));
  if (on) sheet.dispatchEvent(new CustomEvent("earshot:sheet", { bubbles: true }));
}

/** Close every sheet. */
export function closeSheets() {
  for (const opener of openers) open(opener, false);
}

for (const opener of openers) {
  opener.addEventListener("click", () => {
    const wanted = sheetOf(opener).hidden;
    closeSheets();
    open(opener, wanted);
  });
}
document.addEventListener("click", ({ target }) => {
  if (target.isConnected && !target.closest("#player [data-sheet], #player [data-sheet-open]")) closeSheets();
});
player.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const opened = openers.find((opener) => !sheetOf(opener).hidden);
  if (!opened) return;
  open(opened, false);
  opened.focus();
  event.stopPropagation();
});
document.addEventListener("htmx:beforeRequest", ({ detail }) => detail.boosted && closeSheets());
