/** Browsing without losing the player: what htmx swaps, where focus and scroll go, what failure looks like. */
import { mergeMessages, hasChosenFiles } from "./forms.js";
import { showNotice } from "./notices.js";

const htmx = window.htmx;
const root = document.documentElement;
const places = new Map();
let here = location.pathname + location.search;
let slow = 0;

/** Go to `path` as a boosted link would, so that sound goes on. */
export function visit(path) {
  const frame = document.querySelector(".frame");
  if (!htmx || !frame) {
    location.assign(path);
    return;
  }
  // It stays until the next one: htmx still asks it for its surroundings when the answer comes.
  frame.querySelector(":scope > [data-visit]")?.remove();
  const link = document.createElement("a");
  link.href = path;
  link.hidden = true;
  link.dataset.visit = "";
  frame.append(link);
  htmx.process(link);
  link.click();
}

const parse = (text) => new DOMParser().parseFromString(text, "text/html");

/**
 * Let what came take the page's place. Links within a part that asks for itself inherit that part
 * as their target, and are gone from the page when it was replaced meanwhile.
 */
function toThePage(source, detail) {
  const frame = document.querySelector(".frame");
  detail.target = document.querySelector("#page");
  detail.selectOverride = frame.getAttribute("hx-select");
  detail.swapOverride = frame.getAttribute("hx-swap");
  source.setAttribute("hx-select-oob", frame.getAttribute("hx-select-oob"));
}

/** What fetches the page to come. An older one must not arrive behind it and take its place. */
let coming = null;

function expect(xhr) {
  if (coming !== xhr) coming?.abort();
  coming = xhr;
}

document.addEventListener("htmx:historyCacheMiss", ({ detail }) => expect(detail.xhr));
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.boosted && detail.requestConfig.verb === "get") expect(detail.xhr);
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { xhr, boosted, requestConfig } = detail;
  const source = requestConfig.elt;
  if (xhr.status < 400 && /<body[^>]*class="plain"/.test(detail.serverResponse)) {
    // A page of the other layout (signing in again, say) needs a document of its own.
    detail.shouldSwap = false;
    location.assign(xhr.responseURL);
    return;
  }
  if (!boosted) {
    // The frame's hx-select="#page" is meant for whole pages; a fragment is taken as it comes.
    if (!source.hasAttribute("hx-select")) detail.selectOverride = "unset";
    return;
  }
  if (!source.hasAttribute("hx-target")) toThePage(source, detail);
  // Not to the top: what the address names is scrolled to.
  if (detail.pathInfo.anchor) detail.swapOverride = "outerHTML";
  if (xhr.status < 400) return;
  if (xhr.status === 422) {
    const form = source.closest("form");
    if (form && hasChosenFiles(form)) {
      detail.shouldSwap = false;
      mergeMessages(form, parse(detail.serverResponse));
    }
    return;
  }
  if (requestConfig.verb !== "get") {
    // Keep the form and what was typed in it; say what went wrong above it.
    const answer = parse(detail.serverResponse);
    detail.shouldSwap = false;
    showNotice(answer.querySelector("[data-message], .notice p")?.textContent ?? "That didn't work. Try again.");
  }
});

// What an answer brings for other places is htmx's some milliseconds later; a button that is pressed before would load the page.
document.addEventListener("htmx:oobAfterSwap", ({ target }) => htmx.process(target));

document.addEventListener("htmx:beforeHistoryUpdate", ({ detail }) => {
  places.set(here, scrollY);
  // The same page again, or one more letter of a search, is no new place to come back to.
  const next = new URL(detail.history.path, location.href);
  const typing = detail.requestConfig.elt.id === "q" && new URLSearchParams(location.search).has("q");
  if (typing || next.pathname + next.search === location.pathname + location.search) detail.history.type = "replace";
});

for (const name of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) {
  document.addEventListener(name, () => (here = location.pathname + location.search));
}

/** Let a screen reader hear the page that has come, and the keyboard start at its top. */
function arrive(page) {
  // A page parsed for a swap has its <noscript> parts as elements, the plain <audio> among them.
  page.querySelectorAll("noscript").forEach((one) => one.remove());
  document.querySelector("#notice")?.replaceChildren();
  const named = location.hash.length > 1 ? `#${CSS.escape(location.hash.slice(1))}[tabindex]` : null;
  const wanted = (named && page.querySelector(named)) ?? page.querySelector('[aria-invalid="true"], [autofocus]');
  (wanted ?? page).focus({ preventScroll: !wanted });
}

document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  const news = target.matches?.("[data-announce]") ? target : target.querySelector?.("[data-announce]");
  if (news) document.querySelector("#announce").textContent = news.dataset.announce;
  if (detail.boosted && target.id === "page") arrive(target);
});

document.addEventListener("htmx:historyRestore", ({ detail }) => {
  here = location.pathname + location.search;
  const answer = parse(detail.serverResponse ?? "");
  const page = document.querySelector("#page");
  const old = answer.querySelector("#page");
  if (old) page.className = old.className;
  const rail = answer.querySelector("#rail");
  if (rail) {
    document.querySelector("#rail").replaceWith(document.adoptNode(rail));
    htmx.process(rail);
  }
  arrive(page);
  scrollTo(0, places.get(here) ?? 0);
});
document.addEventListener("htmx:historyCacheMissLoadError", () => location.reload());
addEventListener("popstate", () => places.set(here, scrollY));
history.scrollRestoration = "manual";
addEventListener("pagehide", () => sessionStorage.setItem("earshot:scroll", JSON.stringify([here, scrollY])));
try {
  const [path, top] = JSON.parse(sessionStorage.getItem("earshot:scroll") ?? "[]");
  const how = performance.getEntriesByType("navigation")[0]?.type;
  if (path === here && how !== "navigate") scrollTo(0, top);
} catch {
  // Nothing remembered.
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!detail.boosted) return;
  clearTimeout(slow);
  slow = setTimeout(() => root.classList.add("is-loading"), 120);
});
document.addEventListener("htmx:afterRequest", () => {
  clearTimeout(slow);
  root.classList.remove("is-loading");
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    showNotice("Earshot can't be reached right now. Check the connection and try again; what you typed is still here.");
  });
}
