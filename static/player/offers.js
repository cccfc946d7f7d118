/** A line above the player that says what happened and offers another way, such as going back. */
const box = document.querySelector("#player [data-offer]");
let timer = 0;
let dismissed = null;

/**
 * Show `words` with buttons; it goes after `seconds`, or when something else is offered. One that
 * waits for an answer (0 seconds) stays, and tells `otherwise` when it is dismissed.
 * @param {[string, () => void][]} actions label and what it does
 */
export function offer(words, actions, seconds = 12, otherwise = null) {
  if (dismissed && seconds) return;
  withdraw();
  dismissed = otherwise;
  box.querySelector("[data-offer-words]").textContent = words;
  box.querySelector("[data-offer-do]").replaceChildren(
    ...actions.map(([label, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button--small";
      button.textContent = label;
      button.addEventListener("click", () => {
        withdraw();
        act();
      });
      return button;
    }),
  );
  box.hidden = false;
  if (seconds) timer = setTimeout(leave, seconds * 1000);
}

/** Take the offer away. */
export function withdraw() {
  clearTimeout(timer);
  dismissed = null;
  box.hidden = true;
}

function leave() {
  if (box.matches(":hover, :focus-within")) timer = setTimeout(leave, 2000);
  else withdraw();
}

box.querySelector("[data-offer-close]").addEventListener("click", () => {
  const act = dismissed;
  withdraw();
  act?.();
});
document.addEventListener("earshot:leave", withdraw);
