"""Stories that were really read aloud, and how to tell what lights up on their page."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from playwright.sync_api import Page

from extensions import db
from models import AudioAlignment, AudioTrack, NewsStory
from services import readalong
from services.alignment import Alignment, Basis, Grade, Verdict
from tests.browser.site import Reader, Site
from tests.browser.steps import AUDIO
from tests.narrated import narrate

HEADLINE = "A bell that woke a city"
STORY = """The bell on the old customs house had not rung for **forty-one years** when a clockmaker
climbed the tower. She had [no permit](https://example.org/permit), no fee and no audience. By noon
there were ninety people in the square, and *someone* had begun to sing.

## What she found

The mechanism was whole; every wheel turned. What was missing was a pin of brass, no longer than a
finger. “It was not broken,” she said. “It was asked to be quiet.”

```
bell = strike(tower)
```

1. At the fish market everyone heard it.
2. On the ferry it arrived twice, once from the tower and once from the cliff.

The numbers became a map, and the map became an argument that lasted for most of the winter. Nobody
won it. Then a school class built a row of `small` horns out of old drainpipes and set them along
the river, so that each one woke the next.

On the first evening the wind came from the sea. On the second evening it rained. On the third the
bell was struck at six, and the first horn answered, and then the second, and the third; and in a
kitchen far away a woman put down her spoon and opened a window."""


@dataclass(frozen=True)
class Spoken:
    """A narrated story: its page, its track, and when each of its words is said."""

    page: str
    track: UUID
    text: str
    duration: float
    words: list[tuple[str, float]]
    """Each word with the second at which it starts."""

    @property
    def position(self) -> str:
        """Return where its place is asked for."""
        return f"/audio/{self.track}/position"

    def start(self, word: str, which: int = 0) -> float:
        """Return when a word is said, for the first time or a later one."""
        return [second for said, second in self.words if said == word][which]


def spoken_story(
    site: Site, reader: Reader, content: str = STORY, text: str = "", **more: Any
) -> Spoken:
    """Keep a story, let the built-in voice read it (or `text` in its place), and keep that."""
    story = site.story(reader, more.pop("headline", HEADLINE), content=content)
    with site.inside():
        row = db.session.get(NewsStory, story)
        return _spoken(narrate(reader, row, text, **more))


def spoken_track(site: Site, track_id: UUID) -> Spoken:
    """Return what is known of a narration that a worker made."""
    with site.inside():
        return _spoken(db.session.get(AudioTrack, track_id))


def _spoken(track: AudioTrack) -> Spoken:
    times = track_times(track.id)
    words: list[tuple[str, float]] = []
    if times:
        alignment = Alignment(*times, Basis.WORD)
        told = readalong.word_list(track.text, alignment, Verdict(Grade.GOOD), "")
        words = [(track.text[a:b], start / 1000) for a, b, start, _ in told["words"]]
    return Spoken(f"/news/{track.news_id}", track.id, track.text, track.duration, words)


def track_times(track_id: UUID) -> tuple[list[str], list[float], list[float]] | None:
    """Return the arrays as they are stored."""
    row = db.session.query(AudioAlignment).filter_by(track_id=track_id).one_or_none()
    return (row.characters, row.start_times, row.end_times) if row else None


def lit(page: Page, name: str = "word") -> str:
    """Return what is lit: the word, the sentence, what is ahead, or the caret."""
    found = "[...(CSS.highlights.get(name) ?? [])].map(String).join('|')"
    return page.evaluate(f"(name) => {found}", f"spoken-{name}")


def wait_lit(page: Page, words: str, name: str = "word") -> None:
    """Wait until exactly these words are lit."""
    page.wait_for_function(
        "([name, words]) => [...(CSS.highlights.get(name) ?? [])].map(String).join('|') === words",
        arg=[f"spoken-{name}", words],
    )


_FIND = """([word, which]) => {
  const text = document.querySelector("[data-readalong-text='main']");
  const shown = text.hidden ? text.nextElementSibling : text;
  const walker = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    for (let at = -1; (at = node.data.indexOf(word, at + 1)) >= 0; ) {
      if (which-- > 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + word.length);
      node.parentElement.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, top, width, height } = range.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    }
  }
  return null;
}"""


def press_word(page: Page, word: str, which: int = 0) -> None:
    """Press a word of the text with the mouse, once it stands still: fonts may be on their way."""
    page.evaluate("() => document.fonts.ready.then(() => true)")
    place = None
    for _ in range(20):
        before, place = place, place_of(page, word, which)
        if place == before:
            break
        page.evaluate("() => new Promise((go) => requestAnimationFrame(() => setTimeout(go, 50)))")
    page.mouse.click(*place)


def place_of(page: Page, word: str, which: int = 0) -> list[float]:
    """Scroll to a word and return its middle in the window."""
    return page.evaluate(_FIND, [word, which])


def listen(page: Page, spoken: Spoken) -> None:
    """Open the story and start it."""
    page.goto(spoken.page)
    page.get_by_role("button", name="Listen").first.click()
    page.wait_for_function(f"() => !{AUDIO}.paused && {AUDIO}.currentTime > 0")


def open_more(page: Page) -> None:
    """Unfold what there is to the story's voice besides hearing it."""
    page.locator("summary").filter(has_text="Read by").click()


def hold(page: Page, at: float | None = None) -> None:
    """Let the sound stand, here or at a moment, while the page goes on taking it as playing.

    Nothing that a test looks at then passes by, however slow the machine is.
    """
    page.evaluate(
        f"(at) => {{ {AUDIO}.playbackRate = 0; if (at !== null) {AUDIO}.currentTime = at; }}", at
    )


def let_go(page: Page, speed: float = 1) -> None:
    """Let the sound run again."""
    page.evaluate(f"(speed) => {{ {AUDIO}.playbackRate = speed; }}", speed)


def listen_to(page: Page, spoken: Spoken, word: str, which: int = 0) -> None:
    """Open the story, start it, and let it stand at a word once that is lit."""
    listen(page, spoken)
    hold(page, spoken.start(word, which) + 0.005)
    wait_lit(page, word)


def wait_reading(page: Page) -> None:
    """Wait until some word is lit."""
    page.wait_for_function("() => CSS.highlights.get('spoken-word')?.size")


# For each frame: where the sound is when it is made, and which word is lit once it is painted.
# A machine that is busy makes fewer frames; in each the right word must stand.
_WATCH = f"""(words) => new Promise((done) => {{
  const seen = [];
  const different = new Set();
  const painted = new MessageChannel();
  let moment = 0;
  const look = () => {{
    moment = {AUDIO}.currentTime;
    painted.port2.postMessage(null);
  }};
  painted.port1.onmessage = () => {{
    const word = [...(CSS.highlights.get("spoken-word") ?? [])].map(String).join();
    seen.push([moment, word]);
    different.add(word);
    if (different.size < words && !{AUDIO}.ended) requestAnimationFrame(look);
    else done(seen);
  }};
  requestAnimationFrame(look);
}})"""


def lags(page: Page, spoken: Spoken, words: int = 12) -> list[float]:
    """Watch until so many words were lit; return how late or early each frame was, in seconds."""
    seen = page.evaluate(_WATCH, words)
    assert len({word for _, word in seen}) == words
    return [_lag(spoken, moment, word) for moment, word in seen]


def _lag(spoken: Spoken, moment: float, word: str) -> float:
    """Return by how many seconds of sound the lit word is late (or early)."""
    starts = [start for _, start in spoken.words]
    at = bisect_right(starts, moment) - 1
    near = range(max(0, at - 3), min(len(starts), at + 4))
    ways = []
    for index in near:
        if spoken.words[index][0] == word:
            over = starts[index + 1] if index + 1 < len(starts) else spoken.duration
            ways.append(max(0.0, moment - over, starts[index] - moment))
    return min(ways, default=9.0)
