"""What visitors do on many pages, and how to tell what they hear."""

import mimetypes
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, expect

from tests.browser.site import Reader
from tests.factories import PASSWORD

AUDIO = "document.querySelector('[data-audio]')"

# As an argument, so that it is one script for every list of files.
_TRANSFER = """(files) => {
  const transfer = new DataTransfer();
  for (const { name, type, data } of files) {
    const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  return transfer;
}"""

File = tuple[str, bytes]


def sign_in(context: BrowserContext, reader: Reader) -> None:
    """Give a browser the session of `reader`, sent as the sign-in page sends it."""
    form = context.request.get("/login").text()
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', form)
    assert token, form
    words = {"csrf_token": token[1], "email": reader.email, "password": PASSWORD}
    reply = context.request.post("/login", form=words, max_redirects=0)
    assert reply.status == 303, reply.text()


def leave(context: BrowserContext) -> None:
    """Close what is open in a browser and forget who was signed in."""
    context.set_offline(False)
    for page in context.pages:
        page.close()
    context.clear_cookies()


def go_to(page: Page, place: str) -> None:
    """Follow a link of the rail."""
    rail = page.get_by_role("navigation", name="Main")
    rail.get_by_role("link", name=re.compile(f"^{place}")).click()
    has_come(page, place)


def has_come(page: Page, title: str) -> None:
    """Wait until htmx is done with a page: then the focus is on it."""
    expect(page).to_have_title(f"{title} · Earshot")
    expect(page.locator("#page")).to_be_focused()


def _kind(name: str) -> str:
    return mimetypes.guess_type(name)[0] or ""


def choose(page: Page, *files: File) -> None:
    """Choose files in the dialog of the page's drop zone."""
    chosen = [FilePayload(name=name, mimeType=_kind(name), buffer=data) for name, data in files]
    page.locator("#files").set_input_files(chosen)


def drop(page: Page, *files: File) -> None:
    """Drop files on the page's drop zone."""
    carried = [
        {"name": name, "type": _kind(name), "data": b64encode(data).decode()}
        for name, data in files
    ]
    transfer = page.evaluate_handle(_TRANSFER, carried)
    for event in ("dragenter", "dragover", "drop"):
        page.locator(".drop__zone").dispatch_event(event, {"dataTransfer": transfer})


@contextmanager
def slow_sending(page: Page) -> Iterator[None]:
    """Let what the page sends trickle within a block, so that it can be seen on its way."""
    session = page.context.new_cdp_session(page)
    speed = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session.send("Network.emulateNetworkConditions", speed | {"uploadThroughput": 300_000})
    yield
    session.send("Network.emulateNetworkConditions", speed | {"uploadThroughput": -1})
    session.detach()


def heard(page: Page) -> float:
    """Return where the player stands, in seconds."""
    return page.evaluate(f"{AUDIO}.currentTime")


def until(page: Page, look: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for what only the server knows; functions in the page can't be waited for that ask it."""
    end = monotonic() + seconds
    while not look():
        assert monotonic() < end, "It did not come about."
        page.wait_for_timeout(50)


def is_playing(page: Page, after: float | None = None) -> None:
    """Wait until the sound is heard to go on, beyond `after` or where it stands now."""
    start = heard(page) if after is None else after
    page.wait_for_function(f"(at) => !{AUDIO}.paused && {AUDIO}.currentTime > at", arg=start)


_NOTE_STARTS = """
  window.starts = [];
  document.addEventListener("playing", ({ target }) => starts.push(target.currentTime), true);
"""


def note_starts(page: Page) -> None:
    """Note from now on, also on pages to come, where the sound stands each time it starts."""
    page.add_init_script(_NOTE_STARTS)
    page.evaluate(_NOTE_STARTS)


def started_at(page: Page) -> float:
    """Wait until the sound has started, and return where it stood then."""
    page.wait_for_function("() => window.starts.length")
    return page.evaluate("starts[0]")


def press_play(page: Page, place: Locator) -> None:
    """Press the button at `place` that starts a sound, and wait until it is decoded and runs."""
    place.get_by_role("button", name="Listen").first.click()
    is_playing(page, after=0)
