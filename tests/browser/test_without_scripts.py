"""With scripts switched off, every form still does its work."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import samples
from tests.browser.site import Reader, Site
from tests.browser.steps import choose, leave, sign_in
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def scriptless(
    browser: Browser,
    browser_context_args: dict,
    watch: Callable[[BrowserContext], BrowserContext],
) -> Iterator[BrowserContext]:
    """Start a browser that runs no scripts."""
    context = watch(browser.new_context(**browser_context_args, java_script_enabled=False))
    yield context
    context.close()


@pytest.fixture
def plain(scriptless: BrowserContext) -> Iterator[Page]:
    """Return a page of a stranger."""
    yield scriptless.new_page()
    leave(scriptless)


@pytest.fixture
def page(plain: Page, reader: Reader) -> Page:
    """Return a page of the reader, who is signed in."""
    sign_in(plain.context, reader)
    return plain


def test_one_registers_signs_out_and_in_again(plain: Page):
    plain.goto("/media/?type=audio")
    plain.get_by_role("link", name="Create an account").click()
    plain.get_by_label("E-mail").fill("plain@earshot.test")
    plain.get_by_label("Password").fill("short")
    plain.get_by_role("button", name="Create account").click()
    expect(plain.get_by_text("That is 5 of at least 10 characters.")).to_be_visible()
    expect(plain.get_by_label("E-mail")).to_have_value("plain@earshot.test")
    plain.get_by_label("Password").fill(PASSWORD)
    plain.get_by_role("button", name="Create account").click()
    expect(plain.get_by_role("heading", name="Nothing within earshot yet.")).to_be_visible()
    expect(plain.locator("[data-toast]")).to_contain_text("Your account is ready.")

    plain.locator("details.account summary").click()
    plain.locator(".account__sheet").get_by_role("button", name="Sign out").click()
    plain.goto("/media/?type=audio")
    plain.get_by_label("E-mail").fill("plain@earshot.test")
    plain.get_by_label("Password").fill(PASSWORD)
    plain.get_by_role("button", name="Sign in").click()
    expect(plain).to_have_url(re.compile(r"/media/\?type=audio$"))


def test_a_story_is_written_with_its_files_and_mended_when_refused(page: Page):
    page.goto("/news/new")
    page.get_by_label("Headline").fill("The boat")
    page.get_by_label("Story", exact=True).fill("It sank.")
    page.get_by_label("Source address").fill("ftp://example.org/boat")
    choose(page, ("boat.png", samples.image()))
    page.get_by_role("button", name="Save story").click()
    expect(page.get_by_text("Start the address with http:// or https://.")).to_be_visible()
    expect(page.get_by_label("Story", exact=True)).to_have_value("It sank.")

    page.get_by_label("Source address").fill("https://example.org/boat")
    choose(page, ("boat.png", samples.image()), ("bell.wav", samples.sound("WAV", rate=8000)))
    page.get_by_role("button", name="Save story").click()
    expect(page.get_by_role("heading", name="The boat", level=1)).to_be_visible()
    expect(page.locator(".story__lead img")).to_be_visible()
    expect(page.locator("audio.plain-audio")).to_be_visible()
    expect(page.get_by_role("button", name="Listen")).to_have_count(0)


def test_search_finds_and_marks(page: Page, site: Site, reader: Reader):
    site.story(reader, "Storm takes the old lighthouse")
    site.story(reader, "Rain at noon")
    page.goto("/")
    page.get_by_label("Search stories").fill("lighthouse")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/news/\?q=lighthouse$"))
    expect(page.locator("#news-list h2")).to_have_text(["Storm takes the old lighthouse"])
    expect(page.locator("#news-list mark")).to_have_text("lighthouse")


def test_older_stories_are_a_link_away(page: Page, site: Site, reader: Reader):
    for number in range(22):
        site.story(reader, f"Story {number}")
    page.goto("/news/")
    expect(page.locator("#news-list article")).to_have_count(20)
    page.get_by_role("link", name="Older stories").click()
    expect(page.locator("#news-list h2")).to_have_text(["Story 1", "Story 0"])
    page.get_by_role("link", name="Back to the newest").click()
    expect(page.locator("#news-list article")).to_have_count(20)


def test_uploading_keeps_what_can_be_kept_and_names_the_rest(page: Page):
    page.goto("/media/upload")
    expect(page.locator("#files")).to_have_css("opacity", "1")
    choose(
        page,
        ("harbour.png", samples.image()),
        ("gulls.wav", samples.sound("WAV", rate=8000)),
        ("trick.png", b"<!doctype html><title>Trick</title>"),
    )
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="2 of 3 files kept.")).to_be_visible()
    expect(page.get_by_text("trick.png is a web page.")).to_be_visible()
    page.goto("/media/")
    expect(page.locator(".asset")).to_have_count(2)
    choose(page, ("tower.png", samples.image(size=(30, 60))))
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator("[data-toast]")).to_contain_text("tower.png uploaded.")
    expect(page.locator(".asset")).to_have_count(3)


def test_a_picture_gets_its_words(page: Page, site: Site, reader: Reader):
    page.goto(f"/media/{site.file(reader, 'boat.png', samples.image())}")
    page.get_by_label("Title").fill("The boat")
    page.get_by_label("Alt text").fill("A boat in fog")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="The boat")).to_be_visible()
    expect(page.locator(".exhibit__pic img")).to_have_attribute("alt", "A boat in fog")


def test_a_story_is_deleted_after_one_more_question(page: Page, site: Site, reader: Reader):
    story = site.story(reader, "Old news")
    picture = site.file(reader, "boat.png", samples.image(), story)
    page.goto(f"/media/{picture}")
    page.locator("details.confirm summary").click()
    page.get_by_label("Take it out of “Old news” as well").check()
    page.get_by_role("button", name="Yes, delete").click()
    expect(page.get_by_text("Your library is empty")).to_be_visible()

    page.goto(f"/news/{story}")
    page.locator("details.confirm summary").click()
    page.get_by_role("button", name="Yes, delete").click()
    expect(page.get_by_text("No stories yet")).to_be_visible()


def test_a_theme_is_chosen_by_its_button(page: Page):
    page.goto("/news/")
    page.get_by_role("navigation", name="Main").get_by_role("button", name="Dark").click()
    expect(page).to_have_url(re.compile("/news/$"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
