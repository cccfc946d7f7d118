/** Ticking rows of a table or list: all of a page, a range with Shift, all that are filtered; the buttons name the number. */

let last = null;

// By the form that they belong to: where rows have forms of their own, the boxes stand outside of it.
const rowsOf = (form) => [...form.elements].filter((box) => box.matches("[data-select-row]"));

function tell(form) {
  const rows = rowsOf(form);
  const ticked = rows.filter((row) => row.checked).length;
  const all = form.querySelector("[data-select-all]");
  const everything = form.querySelector("[data-select-everything]");
  const bar = form.matches("[data-bulk]") ? form : form.querySelector("[data-bulk]");
  const count = everything?.checked ? Number(everything.dataset.selectEverything) : ticked;
  const number = count.toLocaleString("en");

  if (all) {
    all.checked = rows.length > 0 && ticked === rows.length;
    all.indeterminate = ticked > 0 && ticked < rows.length;
  }
  for (const row of rows) row.closest("tr, .row")?.classList.toggle("is-ticked", row.checked);
  if (!bar) return;
  bar.classList.toggle("is-on", count > 0);
  bar.querySelector("[data-selected]").textContent = count ? `${number} selected` : "";
  for (const button of bar.querySelectorAll("[data-counted]")) {
    const words = everything?.checked ? `all ${number}` : number;
    button.querySelector("span").textContent = button.dataset.counted.replace("{}", words);
  }
}

document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-select-row]");
  if (row && event.shiftKey && last?.isConnected && last.form === row.form) {
    const rows = rowsOf(row.form);
    const [from, to] = [rows.indexOf(last), rows.indexOf(row)].sort((a, b) => a - b);
    for (const one of rows.slice(from, to + 1)) one.checked = row.checked;
    tell(row.form);
  }
  if (row) last = row;

  const none = event.target.closest?.("[data-select-none]");
  if (none) {
    const form = none.form;
    for (const one of form.elements) if (one.matches("[data-select-row], [data-select-everything]")) one.checked = false;
    tell(form);
    form.querySelector("[data-select-all]")?.focus();
  }
});

document.addEventListener("change", ({ target }) => {
  const form = target.form;
  if (!form?.matches?.("[data-selection]")) return;
  const everything = form.querySelector("[data-select-everything]");
  if (target.matches("[data-select-all]")) {
    for (const row of rowsOf(form)) row.checked = target.checked;
    if (everything && !target.checked) everything.checked = false;
  } else if (target === everything) {
    for (const row of rowsOf(form)) row.checked = everything.checked;
  } else if (target.matches("[data-select-row]") && everything && !target.checked) {
    everything.checked = false;
  }
  tell(form);
});

function tellAll() {
  document.querySelectorAll("[data-selection]").forEach((form) => {
    // Rows that came later belong to everything too.
    if (form.querySelector("[data-select-everything]")?.checked) for (const row of rowsOf(form)) row.checked = true;
    tell(form);
  });
}
document.addEventListener("htmx:afterSettle", tellAll);
// A browser that goes back keeps what was ticked.
addEventListener("pageshow", tellAll);
