/** What a text costs to be read aloud, told while it is edited. */
import { clock } from "../player/words.js";

function tell() {
  const text = document.querySelector("[data-spoken]");
  const place = document.querySelector("[data-spoken-cost]");
  if (!text || !place) return;
  const speed = Number(document.querySelector("[data-spoken-speed]")?.value) || 1;
  // Counted as the server does: a sign beyond the first plane is one character.
  const count = [...text.value.trim()].length;
  place.textContent = `${count.toLocaleString("en")} characters, about ${clock(count / Number(text.dataset.spoken) / speed)} to hear`;
}

document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-spoken], [data-spoken-speed]")) tell();
});
