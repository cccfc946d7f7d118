"""A reader meets the limits of their plan, and understands what that means."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from config import Settings
from models import Role
from tests import samples
from tests.browser.site import Reader, Site, served
from tests.browser.steps import choose, sign_in
from tests.browser.test_look import TOO_WIDE, WIDTHS, no_violations
from tests.factories import make_user

pytestmark = pytest.mark.browser

WORDS = "It rained at noon, and nobody in the old town minded."
SPOKEN = len(f"Rain at noon\n\n{WORDS}")
LIMITS = {"stories": 3, "characters": 3 * SPOKEN, "storage_bytes": 20_000}


@pytest.fixture(scope="module")
def small_site(
    new_database: Callable[[str], str], make_settings: Callable[..., Settings]
) -> Iterator[Site]:
    """Serve a site whose free plan allows little, and whose admin can be asked for more."""

    def small(**changes: object) -> Settings:
        return make_settings(plan_limits=json.dumps({"free": LIMITS}), **changes)

    with served("small", new_database, small) as running:
        with running.inside():
            make_user("ada@earshot.test", role=Role.ADMIN)
        yield running


@pytest.fixture
def someone(small_site: Site) -> Reader:
    return small_site.reader()


@pytest.fixture
def page(
    small_site: Site,
    someone: Reader,
    browser: Browser,
    browser_context_args: dict,
    watch: Callable[[BrowserContext], BrowserContext],
) -> Iterator[Page]:
    """Return a page of a reader of the small site, in Berlin."""
    here = {"base_url": small_site.address, "timezone_id": "Europe/Berlin"}
    context = watch(browser.new_context(**browser_context_args | here))
    sign_in(context, someone)
    yield context.new_page()
    context.close()


def test_the_cost_is_told_and_whoever_asks_for_too_much_learns_why_and_whom_to_ask(
    page: Page, small_site: Site, someone: Reader
):
    story = small_site.story(someone, "Rain at noon", content=WORDS)
    longer = small_site.story(someone, "Rain at noon", content=f"{WORDS} " * 3)
    page.goto(f"/news/{story}")
    expect(page.locator(".narration__cost")).to_have_text(
        re.compile(rf"{SPOKEN} characters\s*33 % of the {3 * SPOKEN} characters left this month")
    )
    page.get_by_role("button", name="Narrate").click()
    expect(page.locator("#narration-progress")).to_contain_text("Queued")

    page.goto(f"/news/{longer}")
    expect(page.locator(".narration__cost .is-too-much")).to_have_text(
        f"More than the {2 * SPOKEN} characters that are left"
    )
    page.get_by_role("button", name="Narrate").click()
    notice = page.locator("#notice")
    expect(notice).to_contain_text(f"{2 * SPOKEN} are left, and this text has")
    expect(notice).to_contain_text(re.compile(r"There will be more on \w+ 1 \w+ \d+, 0\d:00 CES?T"))
    expect(notice).to_contain_text("ask ada@earshot.test for a larger plan")
    expect(page.get_by_role("button", name="Narrate")).to_be_enabled()

    notice.get_by_role("link", name="What your plan allows").click()
    expect(page.get_by_role("heading", name="Your plan")).to_be_visible()
    month = page.get_by_role("progressbar", name="Characters read aloud this month")
    expect(month).to_have_attribute("aria-valuetext", "33 % used")
    expect(page.locator(".allowance")).to_contain_text(f"{2 * SPOKEN} left; begins anew on")


def test_the_cost_follows_what_is_typed_and_a_refused_form_keeps_it(
    page: Page, small_site: Site, someone: Reader
):
    story = small_site.story(someone, "Rain at noon", content=WORDS)
    page.goto(f"/news/{story}/narrate")
    share = page.locator("[data-spoken-share]")
    expect(share).to_have_text(f"33 % of the {3 * SPOKEN} characters left this month")
    words = page.get_by_label("What is read")
    words.fill("0123456789" * 2)
    expect(share).to_have_text(f"9 % of the {3 * SPOKEN} characters left this month")
    words.fill("0123456789" * 30)
    expect(share).to_have_text(f"More than the {3 * SPOKEN} characters that are left")
    page.get_by_role("button", name="Narrate").click()

    expect(page.locator("#text-error")).to_contain_text("this text has 300")
    expect(words).to_have_value("0123456789" * 30)
    words.fill("0123456789")
    page.get_by_role("button", name="Narrate").click()
    expect(page.locator("#narration-progress")).to_contain_text("Queued")


def test_a_story_too_many_is_refused_with_its_words_kept_and_fits_once_another_is_gone(
    page: Page, small_site: Site, someone: Reader
):
    old = [small_site.story(someone, f"Story {n}", content=WORDS) for n in range(3)]
    page.goto("/")
    expect(page.locator(".notice--warning")).to_contain_text("no room for another one")
    page.goto("/news/new")
    page.get_by_label("Headline").fill("One more")
    page.get_by_label("Story", exact=True).fill("Some words that took a while.")
    page.get_by_role("button", name="Save story").click()

    refusal = page.locator(".notice--error")
    expect(refusal).to_contain_text("Your plan keeps up to 3 stories")
    expect(refusal).to_contain_text("Delete one that you no longer need, or ask ada@earshot.test")
    expect(page.get_by_label("Headline")).to_have_value("One more")
    expect(page.get_by_label("Story", exact=True)).to_have_value("Some words that took a while.")

    other = page.context.new_page()
    other.goto(f"/news/{old[0]}/delete")
    other.get_by_role("button", name="Yes, delete").click()
    expect(other.get_by_text("Story deleted.")).to_be_visible()
    page.get_by_role("button", name="Save story").click()
    expect(page.get_by_role("heading", name="One more")).to_be_visible()


def test_a_file_too_many_is_named_with_the_reason_and_the_others_are_kept(page: Page):
    page.goto("/media/")
    choose(page, ("small.jpg", samples.photo()), ("long.wav", samples.sound("WAV")))

    expect(page.locator("[data-result='kept']")).to_have_count(1)
    refused = page.locator("[data-result='refused']")
    expect(refused).to_contain_text("long.wav was not kept. Your plan stores up to 20 kB")
    expect(refused).to_contain_text("Delete what you no longer need, or ask ada@earshot.test")


def test_pages_that_warn_are_fit_for_everyone(page: Page, small_site: Site, someone: Reader):
    stories = [small_site.story(someone, f"Story {n}", content=WORDS * 5) for n in range(3)]
    for path in ("/", "/account", f"/news/{stories[0]}", f"/news/{stories[0]}/narrate"):
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(path)
        no_violations(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(TOO_WIDE) == [], (path, width)
