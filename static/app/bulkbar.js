/** How high the bar of ticked stories is, with its open sheet: messages stand above it. */

const GAP = 8; // Between the bar and its sheet, as the style has it.
const root = document.documentElement;

function measure() {
  const bar = document.querySelector("[data-stories-bulk].is-on");
  const sheet = bar?.querySelector("details[open] > .bulk__sheet");
  const height = (bar?.offsetHeight ?? 0) + (sheet ? sheet.offsetHeight + GAP : 0);
  root.style.setProperty("--bulk", `${height}px`);
}

// It also tells when the bar is hidden, or gone with its page: then it has no size.
const sizes = new ResizeObserver(measure);

function watch() {
  for (const part of document.querySelectorAll("[data-stories-bulk], .bulk__sheet")) sizes.observe(part);
}
document.addEventListener("htmx:afterSettle", watch);
watch();
