"""Writing a story: nothing typed or chosen is lost, whatever happens to the form."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import samples
from tests.browser.site import Reader, Site
from tests.browser.steps import choose, go_to, has_come, slow_sending

pytestmark = pytest.mark.browser

WRONG_ADDRESS = "Start the address with http:// or https://."
CHOSEN = "document.querySelector('#files').files.length"


def save(page: Page) -> None:
    page.get_by_role("button", name="Save story").click()


def headline(page: Page):
    return page.get_by_label("Headline")


def content(page: Page):
    return page.get_by_label("Story", exact=True)


def test_a_draft_outlives_its_page_until_it_is_discarded(page: Page, context: BrowserContext):
    page.goto("/news/new")
    headline(page).fill("Half a thought")
    content(page).fill("It began with")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft kept in this browser")
    page.close()

    page = context.new_page()
    page.goto("/news/new")
    expect(page.get_by_role("status").filter(has_text="We kept what you typed.")).to_be_visible()
    expect(headline(page)).to_have_value("Half a thought")
    expect(content(page)).to_have_value("It began with")

    page.get_by_role("button", name="Discard it").click()
    expect(headline(page)).to_have_value("")
    expect(headline(page)).to_be_focused()
    page.reload()
    expect(headline(page)).to_be_focused()
    expect(content(page)).to_have_value("")


def test_a_draft_is_gone_once_the_story_is_saved(page: Page):
    write(page)
    expect(page.locator("[data-draft-state]")).to_have_text("Draft kept in this browser")
    save(page)
    has_come(page, "The boat")
    page.keyboard.press("n")
    expect(headline(page)).to_be_focused()
    expect(headline(page)).to_have_value("")
    expect(page.get_by_text("We kept what you typed.")).to_have_count(0)


def write(page: Page, source: str = "") -> None:
    page.goto("/news/new")
    headline(page).fill("The boat")
    content(page).fill("It sank.")
    page.get_by_label("Source address").fill(source)


def test_a_refused_form_keeps_what_was_typed(page: Page):
    write(page, source="ftp://example.org/boat")
    save(page)
    expect(page.get_by_text(WRONG_ADDRESS)).to_be_visible()
    expect(page.get_by_label("Source address")).to_be_focused()
    expect(page.get_by_label("Source address")).to_have_value("ftp://example.org/boat")
    expect(headline(page)).to_have_value("The boat")
    expect(content(page)).to_have_value("It sank.")


def test_a_refused_form_keeps_the_chosen_files_and_takes_them_when_it_is_mended(page: Page):
    write(page, source="ftp://example.org/boat")
    choose(page, ("boat.png", samples.image()), ("bell.wav", samples.sound("WAV", rate=8000)))
    save(page)
    expect(page.get_by_text(WRONG_ADDRESS)).to_be_visible()
    expect(page.get_by_label("Source address")).to_be_focused()
    expect(content(page)).to_have_value("It sank.")
    expect(page.locator(".drop__file")).to_have_count(2)
    assert page.evaluate(CHOSEN) == 2

    page.get_by_label("Source address").fill("")
    save(page)
    has_come(page, "The boat")
    expect(page.locator(".story__lead img")).to_be_visible()
    expect(page.locator(".sound")).to_have_count(1)


def test_a_file_that_is_refused_is_named_and_the_others_stay_chosen(page: Page):
    write(page)
    choose(page, ("boat.png", samples.image()), ("trick.png", b"<!doctype html><p>Trick</p>"))
    save(page)
    expect(page.locator('[data-errors="files"]')).to_contain_text("trick.png is a web page.")
    assert page.evaluate(CHOSEN) == 2
    page.get_by_role("button", name="Leave out trick.png").click()
    save(page)
    has_come(page, "The boat")
    expect(page.locator(".story__lead img")).to_be_visible()


def test_the_same_address_twice_shows_the_way_to_the_first(page: Page, site: Site, reader: Reader):
    site.story(reader, "The first of them", source_url="https://example.org/a")
    write(page, source="https://example.org/a")
    save(page)
    notice = page.get_by_role("alert").filter(has_text="You already keep this address")
    expect(notice).to_be_visible()
    expect(headline(page)).to_have_value("The boat")
    notice.get_by_role("link", name="The first of them").click()
    has_come(page, "The first of them")


def story_with_files(site: Site, reader: Reader) -> str:
    story = site.story(reader, "Old news")
    site.file(reader, "boat.png", samples.image(), story)
    site.file(reader, "bell.wav", samples.sound("WAV", rate=8000), story)
    return f"/news/{story}"


def ask(page: Page) -> None:
    page.locator(".story details.confirm summary").click()
    expect(page.get_by_text("Delete this story?")).to_be_focused()


def test_deleting_asks_in_place_and_leaves_the_files_in_the_library(
    page: Page, site: Site, reader: Reader
):
    page.goto(story_with_files(site, reader))
    ask(page)
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("Delete this story?")).to_be_hidden()
    ask(page)
    page.get_by_role("button", name="Yes, delete").click()
    has_come(page, "News")
    expect(page.locator("[data-toast]")).to_contain_text("Story deleted.")
    go_to(page, "Media")
    expect(page.locator(".asset")).to_have_count(2)
    expect(page.locator(".asset").first).to_contain_text("unused")


def test_deleting_takes_the_files_along_when_asked_to(page: Page, site: Site, reader: Reader):
    page.goto(story_with_files(site, reader))
    ask(page)
    page.get_by_label("Also delete its 2 files").check()
    page.get_by_role("button", name="Yes, delete").click()
    has_come(page, "News")
    go_to(page, "Media")
    expect(page.get_by_text("Your library is empty")).to_be_visible()


def test_the_form_shows_how_much_of_the_files_is_sent(page: Page):
    write(page)
    choose(page, ("long.wav", samples.sound("WAV", seconds=60, rate=24_000)))
    with slow_sending(page):
        save(page)
        words = re.compile(r"Sending, [1-9]\d? %")
        expect(page.locator("[data-sending-words]")).to_have_text(words)
        expect(page.get_by_role("progressbar", name="Sent")).to_be_visible()
        expect(page.get_by_role("button", name="Save story")).to_be_disabled()
    has_come(page, "The boat")
    expect(page.locator(".sound")).to_have_count(1)
