/** Files that go to the library one after another, each with its own progress, outcome and second try. */
import { icon } from "../app/notices.js";
import { whyNot } from "./checks.js";
import { addRow, announce, fill, iconButton, refuse, sending, tidy, wordButton } from "./rows.js";

const LOST = "could not be sent: the connection broke.";
const tasks = new WeakMap();
const runs = new WeakMap();
const open = new Set();

/** Queue `files` for the form around `zone`; sending starts at once. */
export function send(zone, files) {
  const run = runs.get(zone) ?? { zone, form: zone.closest("form"), tasks: [], active: null };
  runs.set(zone, run);
  if (!run.active) run.tasks = [];
  for (const file of files) {
    const task = { run, file, row: addRow(zone, file), state: "waiting", loaded: 0, twice: false };
    tasks.set(task.row, task);
    run.tasks.push(task);
    const reason = whyNot(file, zone);
    if (reason) {
      task.state = "refused";
      refuse(task.row, file.name, reason);
    } else {
      wait(task);
    }
  }
  next(run);
}

/** Whether something is being sent from `form`, or was. */
export const hasSent = (form) => [...form.querySelectorAll("[data-drop]")].some((zone) => runs.has(zone));

/** Stop sending the file of `row`. */
export const cancel = (row) => tasks.get(row)?.xhr?.abort();

/** Send the file of `row` again, or a second time although it is there already. */
export function again(row, { twice = false } = {}) {
  const task = tasks.get(row);
  if (!task) return;
  Object.assign(task, { state: "waiting", loaded: 0, twice });
  const fresh = addRow(task.run.zone, task.file);
  tasks.set(fresh, task);
  row.replaceWith(fresh);
  task.row = fresh;
  wait(task);
  next(task.run);
}

function wait({ row, file }) {
  fill(row, row.querySelector(".drop__note"), iconButton("x", `Take ${file.name} off the list`, "dropRow"));
}

function next(run) {
  if (run.active) return;
  const task = run.tasks.find(({ state }) => state === "waiting");
  run.active = task ?? null;
  show(run);
  if (task) post(task);
  else finish(run);
}

function post(task) {
  const { run, file } = task;
  const xhr = new XMLHttpRequest();
  const progress = sending(task.row, file.name);
  const body = new FormData();
  body.append("files", file, file.name);
  if (task.twice) body.append("keep_duplicates", "y");
  task.xhr = xhr;
  task.state = "sending";
  open.add(xhr);
  xhr.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) => {
    if (!lengthComputable) return;
    task.loaded = (loaded / total) * file.size;
    progress(loaded / total);
    show(run);
  });
  xhr.addEventListener("load", () => settle(task, ...read(xhr)));
  xhr.addEventListener("error", () => settle(task, "failed", LOST));
  xhr.addEventListener("abort", () => settle(task, "failed", "was stopped; nothing of it is kept."));
  xhr.addEventListener("loadend", () => {
    open.delete(xhr);
    run.active = null;
    next(run);
  });
  xhr.open("POST", run.form.action);
  xhr.setRequestHeader("X-Requested-With", "upload");
  xhr.setRequestHeader("HX-Request", "true");
  xhr.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]')?.content ?? "");
  xhr.send(body);
}

/** Return the state an answer leads to, and the row or the reason that it brought. */
function read(xhr) {
  const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const row = answer.querySelector("[data-result]");
  if (row && xhr.status < 500) return [row.dataset.result, document.importNode(row, true)];
  if (xhr.status === 401) return ["failed", "could not be sent, because you were signed out. Sign in again, then retry."];
  const reason = row?.querySelector(".drop__note") ?? answer.querySelector(".notice p");
  return ["failed", reason ? `was not kept. ${reason.textContent.trim()}` : "was not kept. Try again in a moment."];
}

function settle(task, state, answer) {
  Object.assign(task, { state, loaded: task.file.size });
  const { row, file, run } = task;
  if (state === "failed") {
    refuse(row, file.name, answer, wordButton("Try again", "dropAgain"));
    return;
  }
  const focused = row.contains(document.activeElement);
  tasks.set(answer, task);
  task.row = answer;
  if (state !== "kept") answer.append(iconButton("x", `Take ${file.name} off the list`, "dropRow"));
  row.replaceWith(answer);
  window.htmx?.process(answer);
  if (focused) answer.querySelector("a, button, input")?.focus();
  const totals = document.querySelector(".page-head__lede");
  if (state === "kept" && run.form.isConnected && totals && answer.dataset.totals) totals.textContent = answer.dataset.totals;
}

const count = (run, ...states) => run.tasks.filter(({ state }) => states.includes(state)).length;

function summary(run) {
  const kept = count(run, "kept");
  const rest = [
    [count(run, "same"), "there already"],
    [count(run, "refused"), "refused"],
    [count(run, "failed"), "not sent"],
  ];
  const parts = rest.filter(([number]) => number).map(([number, words]) => `${number} ${words}`);
  return [`${kept} of ${run.tasks.length} uploaded`, ...parts].join(", ");
}

function show(run) {
  const place = run.form.querySelector("[data-sending]");
  if (!place) return;
  const bar = place.querySelector("progress");
  const words = place.querySelector("[data-sending-words]");
  const total = run.tasks.reduce((sum, { file }) => sum + file.size, 0);
  const loaded = run.tasks.reduce((sum, { loaded: part, state, file }) => sum + (state === "refused" ? file.size : part), 0);
  place.hidden = run.tasks.length === 0;
  bar.hidden = !run.active;
  bar.value = total ? loaded / total : 0;
  const text = run.active ? `${run.tasks.indexOf(run.active) + 1} of ${run.tasks.length}` : summary(run);
  bar.setAttribute("aria-valuetext", text);
  if (words.textContent !== text) words.textContent = text;
}

function finish(run) {
  if (!run.tasks.length) return;
  if (!run.form.isConnected) toast(summary(run));
  else if (count(run, "kept")) refresh();
  announce(summary(run));
}

/** Show the library as it is now, where it is on the page. */
function refresh() {
  const grid = document.querySelector("#media-grid");
  if (grid && !location.search.includes("before=")) {
    window.htmx?.ajax("GET", location.pathname + location.search, { target: grid, swap: "innerHTML" });
  }
}

/** Say how it ended to somebody who went on to another page meanwhile. */
function toast(words) {
  const box = document.createElement("div");
  box.className = "toast";
  box.dataset.toast = "";
  const text = document.createElement("p");
  text.textContent = `${words}.`;
  box.append(icon("circle-check"), text);
  document.querySelector("#toasts")?.append(box);
}

/** Take a row that has come to its end off the list. */
export function takeOff(zone, row) {
  const run = runs.get(zone);
  if (run) run.tasks = run.tasks.filter((task) => task.row !== row);
  row.remove();
  tidy(zone);
  if (run && !run.active) show(run);
}

addEventListener("beforeunload", (event) => {
  if (open.size) event.preventDefault();
});
