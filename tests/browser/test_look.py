"""How pages look and read: on a phone and a desk, by day and at night, to everyone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import samples
from tests.browser.site import Site
from tests.browser.steps import press_play, sign_in

pytestmark = pytest.mark.browser

WIDTHS = (360, 768, 1600)
TOO_WIDE = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const wide = (one) => one.getBoundingClientRect().right > page.clientWidth + 0.5;
  return [...document.querySelectorAll("body *")].filter(wide).map((one) => one.outerHTML.slice(0, 120));
}"""
PAPER = "getComputedStyle(document.body).backgroundColor"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
TEXT = f"""The lamp went out. {LONG} said so: https://example.org/{"a" * 120}

| When | What |
|---|---|
| Noon | {LONG} |

> A quote, and `code`.
"""


@dataclass(frozen=True)
class Furnished:
    """A page of a reader who has some of everything, and the addresses of it."""

    page: Page
    paths: dict[str, str]


@pytest.fixture(scope="module")
def furnished(
    site: Site,
    browser: Browser,
    browser_context_args: dict,
    watch: Callable[[BrowserContext], BrowserContext],
) -> Iterator[Furnished]:
    """Furnish an account once, and look at it through one browser, as that is much faster."""
    reader = site.reader()
    sound = samples.sound("MP3", seconds=60, rate=8000)
    story = site.story(reader, "Storm takes the old lighthouse", content=TEXT)
    source = "https://example.org/a-rather-long-address-of-a-story"
    other = site.story(reader, f"{LONG} opens", source_url=source)
    picture = site.file(reader, f"{LONG}.jpg", samples.photo((640, 480)), story)
    recording = site.file(reader, "waves.mp3", sound, story)
    site.file(reader, "tall.png", samples.image(size=(200, 600)), other)
    site.file(reader, "loose.wav", samples.sound("WAV", rate=8000))
    track = site.track(reader, story, sound, duration=60.0, metadata_={"peaks": [5, 60, 90, 30]})
    paths = {
        "the front page": "/",
        "news": "/news/",
        "a search": "/news/?q=lighthouse",
        "a story": f"/news/{story}",
        "a new story": "/news/new",
        "a story to edit": f"/news/{story}/edit",
        "a story to delete": f"/news/{story}/delete",
        "choosing a voice": f"/news/{story}/narrate",
        "media": "/media/",
        "unused sounds": "/media/?type=audio&unused=1",
        "a picture": f"/media/{picture}",
        "a recording": f"/media/{recording}",
        "a file to delete": f"/media/{picture}/delete",
        "upload": "/media/upload",
        "audio": "/audio/",
        "narrations under way": "/audio/generations",
        "a narration": f"/audio/{track}",
        "the account": "/account",
        "leaving": "/logout",
        "nothing there": "/nowhere",
    }
    context = watch(browser.new_context(**browser_context_args))
    sign_in(context, reader)
    yield Furnished(context.new_page(), paths)
    context.close()


OURS = (
    "the front page",
    "news",
    "a search",
    "a story",
    "a new story",
    "a story to edit",
    "a story to delete",
    "choosing a voice",
    "media",
    "unused sounds",
    "a picture",
    "a recording",
    "a file to delete",
    "upload",
    "audio",
    "narrations under way",
    "a narration",
    "the account",
    "leaving",
    "nothing there",
)
EVERYONES = {
    "sign-in": "/login",
    "registering": "/register",
    "a forgotten password": "/forgot",
    "a link that is used up": "/reset/nothing",
    "nothing there": "/nowhere",
}


def no_violations(page: Page) -> None:
    """Let axe read the page by day, and look at its colours at night too."""
    for scheme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)
        results = Axe().run(page, options={"resultTypes": ["violations"]} | options)
        assert results.violations_count == 0, f"{scheme}: {results.generate_report()}"


def is_fit(page: Page, path: str) -> None:
    """Open a page, let axe read it, and look at it in every width."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(path)
    no_violations(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(TOO_WIDE) == [], width


@pytest.mark.parametrize("name", OURS)
def test_a_readers_page_is_fit_for_everyone(furnished: Furnished, name: str):
    is_fit(furnished.page, furnished.paths[name])


@pytest.mark.parametrize("name", EVERYONES)
def test_a_page_for_strangers_is_fit_for_everyone(stranger: Page, name: str):
    is_fit(stranger, EVERYONES[name])


def test_a_new_account_is_fit_for_everyone(page: Page):
    for path in ("/", "/news/", "/media/"):
        is_fit(page, path)


def test_the_player_and_what_opens_are_fit_for_everyone(furnished: Furnished):
    page = furnished.page
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(furnished.paths["a story"])
    press_play(page, page.locator(".story__do"))
    page.locator("details.account summary").click()
    page.locator(".story details.confirm summary").click()
    no_violations(page)
    page.set_viewport_size({"width": 360, "height": 800})
    page.get_by_role("button", name="More of the player").click()
    assert page.evaluate(TOO_WIDE) == []
    player = page.locator("#player")
    for name in ("Back 10 seconds", "Pause", "Forward 30 seconds", "Close the player"):
        expect(player.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    page.keyboard.press("?")
    no_violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Close the player").click()


def test_a_chosen_theme_comes_at_once_and_stays(page: Page):
    page.emulate_media(color_scheme="light")
    page.goto("/")
    html = page.locator("html")
    paper = page.evaluate(PAPER)
    rail = page.get_by_role("navigation", name="Main")
    with page.expect_response("**/account/theme"):
        rail.get_by_role("button", name="Dark").click()
    expect(html).to_have_attribute("data-theme", "dark")
    assert page.evaluate(PAPER) != paper
    page.reload()
    expect(html).to_have_attribute("data-theme", "dark")
    expect(rail.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")

    with page.expect_response("**/account/theme"):
        rail.get_by_role("button", name="As the system").click()
    assert page.evaluate(PAPER) == paper
    page.reload()
    assert page.evaluate(PAPER) == paper


def test_a_chosen_theme_is_there_for_signing_in_again(page: Page):
    page.emulate_media(color_scheme="light")
    page.goto("/account")
    with page.expect_response("**/account/theme"):
        page.get_by_role("group", name="Look").get_by_role("button", name="Dark").click()
    page.locator("#page").get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
