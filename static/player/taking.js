/** The sheet's links to take a narration along, and the places to go back to. */
import { seek, state } from "./engine.js";
import { earlierPlaces } from "./position.js";
import { ago, clock } from "./words.js";

const player = document.querySelector("#player");
const files = player.querySelector("[data-files]");
const places = player.querySelector("[data-places]");

function links() {
  const { item } = state;
  const mine = Boolean(item?.key.startsWith("track:"));
  files.hidden = !mine;
  for (const link of files.querySelectorAll("[data-file]")) {
    if (mine) link.href = `${item.src.replace(/stream([?#].*)?$/, link.dataset.file)}?download=1`;
    else link.removeAttribute("href");
  }
}

function earlier() {
  const known = earlierPlaces();
  places.hidden = !known.length;
  places.querySelector("ul").replaceChildren(
    ...known.map(({ seconds, device, at }) => {
      const line = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "chip num";
      button.textContent = clock(seconds);
      button.setAttribute("aria-label", `Back to ${clock(seconds)}`);
      button.addEventListener("click", () => seek(seconds));
      const words = document.createElement("small");
      words.textContent = [device, ago(Date.parse(at))].filter(Boolean).join(", ");
      line.append(button, words);
      return line;
    }),
  );
}

document.addEventListener("earshot:item", links);
player.addEventListener("earshot:sheet", earlier);
links();
