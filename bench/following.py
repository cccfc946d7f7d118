"""How soon a pasted article is heard, and how exactly its words light up, in a real Chromium.

    python -m bench.following ADDRESS [seconds]

ADDRESS is a running site where anybody may register (`make run`). A new reader pastes an
article of 800 words, presses “Narrate” and listens. For each frame that is painted the program
notes where the sound is and which word is lit, and compares both with alignment.json; then it
presses words here and there and notes where the sound goes.
"""

import os
import random
import shutil
import sys
import time
from bisect import bisect_right
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

ARTICLE = Path(__file__).parent.parent / "tests" / "browser" / "article.md"
HEADLINE = "The night train leaves on time"
AUDIO = "document.querySelector('[data-audio]')"
PRESSES = 20

# Notes, for each frame, the time of the sound and the word that is lit once it is painted.
WATCH = f"""(seconds) => new Promise((done) => {{
  const seen = [];
  const end = {AUDIO}.currentTime + seconds;
  const painted = new MessageChannel();
  let moment = 0;
  const look = () => {{
    moment = {AUDIO}.currentTime;
    painted.port2.postMessage(null);
  }};
  painted.port1.onmessage = () => {{
    const [range] = CSS.highlights.get("spoken-word") ?? [];
    seen.push([moment, range ? String(range) : ""]);
    if (moment < end && !{AUDIO}.ended) requestAnimationFrame(look);
    else done(seen);
  }};
  requestAnimationFrame(look);
}})"""

# The middle of the nth word of a paragraph, scrolled into view.
POINT = """([paragraph, nth]) => {
  const place = [...document.querySelectorAll("[data-readalong-text='main'] p")][paragraph];
  const node = place.firstChild;
  const words = [...node.data.matchAll(/\\p{L}{4,}/gu)];
  const word = words[nth % words.length];
  const range = document.createRange();
  range.setStart(node, word.index);
  range.setEnd(node, word.index + word[0].length);
  place.scrollIntoView({ block: "center", behavior: "instant" });
  const { left, top, width, height } = range.getBoundingClientRect();
  return [word[0], left + width / 2, top + height / 2];
}"""

Words = list[tuple[str, float]]


def narrated(page: Page, address: str) -> tuple[float, float]:
    """Register, paste the article, have it read; return seconds to “Listen” and to sound."""
    page.goto(f"{address}/register")
    if page.url.endswith("/login"):
        raise SystemExit("Nobody may register there; set REGISTRATION=open.")
    page.get_by_label("E-mail").fill(f"{time.monotonic_ns()}@bench.test")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Create account").click()
    page.goto(f"{address}/news/new")
    page.get_by_label("Headline").fill(HEADLINE)
    page.get_by_label("Story", exact=True).fill(ARTICLE.read_text(encoding="utf-8"))
    page.get_by_role("button", name="Save story").click()
    narrate = page.locator("#narration").get_by_role("button", name="Narrate")
    narrate.wait_for()
    begun = time.perf_counter()
    narrate.click()
    page.locator("#narration button[data-play]").first.wait_for(timeout=120_000)
    offered = time.perf_counter() - begun
    page.locator("#narration button[data-play]").first.click()
    page.wait_for_function(f"() => !{AUDIO}.paused && {AUDIO}.currentTime > 0", polling=50)
    return offered, time.perf_counter() - begun


def alignment(page: Page) -> tuple[Words, float]:
    """Return each word that may light up, with its start as alignment.json has it."""
    src = page.evaluate(f"{AUDIO}.src")
    told: dict[str, Any] = page.request.get(src.replace("stream", "alignment.json")).json()
    spans: dict[str, Any] = page.request.get(src.replace("stream", "words.json")).json()
    text = "".join(told["characters"])
    starts = [
        start
        for sign, start in zip(told["characters"], told["start_times"], strict=True)
        for _ in sign
    ]
    words = [(text[first:last], starts[first]) for first, last, *_ in spans["words"]]
    return words, page.evaluate(f"{AUDIO}.duration")


def lags(words: Words, seen: list[list[Any]], duration: float) -> list[float]:
    """Return by how many seconds of sound the lit word was late or early in each frame."""
    starts = [start for _, start in words]
    found = []
    for moment, lit in seen:
        at = bisect_right(starts, moment) - 1
        ways = [9.0]
        for index in range(max(0, at - 5), min(len(words), at + 6)):
            if lit == words[index][0]:
                over = next((s for s in starts[index + 1 :] if s > starts[index]), duration)
                ways.append(max(0.0, moment - over, starts[index] - moment))
        found.append(min(ways))
    return found


def presses(page: Page, words: Words) -> list[float]:
    """Press words of the text; return by how many seconds each landed beside its start."""
    chance = random.Random(7)
    page.evaluate(
        f"window.went = [];{AUDIO}.addEventListener('seeked', () => went.push({AUDIO}.currentTime))"
    )
    paragraphs = page.locator("[data-readalong-text='main'] > p").count()
    beside = []
    for number in range(1, PRESSES + 1):
        page.evaluate(f"{AUDIO}.pause()")
        word, x, y = page.evaluate(POINT, [chance.randrange(paragraphs), chance.randrange(60)])
        page.mouse.click(x, y)
        page.wait_for_function("(count) => went.length >= count", arg=number)
        landed = page.evaluate("went.at(-1)")
        page.evaluate(f"{AUDIO}.pause()")
        beside.append(min(abs(landed - start) for said, start in words if word in said))
    return beside


def told(name: str, values: list[float]) -> None:
    """Print the middle and the worst of some times."""
    ordered = sorted(values)
    high = ordered[int(len(ordered) * 0.95)]
    print(
        f"{name:<34} {median(ordered) * 1000:6.0f} ms in the middle, {high * 1000:6.0f} at 95 %,"
        f" {ordered[-1] * 1000:6.0f} at worst ({len(ordered)})"
    )


def main() -> None:
    """Measure a site that runs already."""
    address = sys.argv[1].rstrip("/")
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        offered, heard = narrated(page, address)
        words, duration = alignment(page)
        print(f"“Listen” after {offered:.1f} s, sound after {heard:.1f} s, {duration:.0f} s long")
        page.wait_for_function("() => CSS.highlights.get('spoken-word')?.size")
        for speed in (1, 1.5, 3):
            page.evaluate(f"(speed) => {AUDIO}.playbackRate = speed", speed)
            seen = page.evaluate(WATCH, seconds)
            told(
                f"lit beside what is said, at {speed}×",
                [one / speed for one in lags(words, seen, duration)],
            )
        told("a press beside the word's start", presses(page, words))
        browser.close()


if __name__ == "__main__":
    main()
