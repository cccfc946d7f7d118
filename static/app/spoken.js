/** What a text costs to be read aloud, told while it is edited. */
import { clock } from "../player/words.js";

let first = null;

/** Everything that makes the narration what it is, to know when it is again what it was. */
function wish(form) {
  return JSON.stringify([...new FormData(form)].filter(([name]) => name !== "remember" && name !== "csrf_token"));
}

/** Which share of the month's characters it takes. What is there already costs nothing while nothing is changed. */
function tellShare(form, count) {
  const place = form.querySelector("[data-spoken-share]");
  if (!place || first?.form !== form) return;
  const left = Number(place.dataset.left ?? Infinity);
  const same = wish(form) === first.wish;
  place.classList.toggle("is-too-much", same ? first.tooMuch : count > left);
  const whole = left.toLocaleString("en");
  if (same) place.textContent = first.words;
  else if (left === Infinity) place.textContent = "";
  else if (count > left) place.textContent = left ? `More than the ${whole} characters that are left` : "More than this month’s characters: none are left";
  else place.textContent = `${count && count / left < 0.01 ? "less than 1" : Math.floor((count / left) * 100)} % of the ${whole} characters left this month`;
}

/** Note how the form stood before anything was changed in it. */
function note(form) {
  const place = form?.querySelector("[data-spoken-share]");
  if (!place || first?.form === form) return;
  first = { form, wish: wish(form), words: place.textContent, tooMuch: place.classList.contains("is-too-much") };
}

function tell() {
  const text = document.querySelector("[data-spoken]");
  const place = document.querySelector("[data-spoken-cost]");
  if (!text || !place) return;
  const speed = Number(document.querySelector("[data-spoken-speed]")?.value) || 1;
  // Counted as the server does: a sign beyond the first plane is one character.
  const count = [...text.value.trim()].length;
  place.textContent = `${count.toLocaleString("en")} characters, about ${clock(count / Number(text.dataset.spoken) / speed)} to hear`;
  tellShare(text.form, count);
}

// Before the first change: the focus is there first, whichever way it comes.
document.addEventListener("focusin", ({ target }) => note(target.form));

document.addEventListener("input", ({ target }) => {
  if (target.form?.querySelector("[data-spoken]")) tell();
});
