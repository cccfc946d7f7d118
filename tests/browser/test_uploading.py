"""The library's drop zone: what becomes of each file is said beside its name."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import samples
from tests.browser.site import Reader, Site
from tests.browser.steps import choose, drop, go_to, has_come, slow_sending

pytestmark = pytest.mark.browser


def says(page: Page, words: str) -> None:
    expect(page.locator("[data-sending-words]")).to_have_text(words)


def row(page: Page, name: str) -> Locator:
    return page.locator(".drop__file", has_text=name)


def test_each_file_has_its_progress_and_the_whole_has_one(page: Page):
    page.goto("/media/upload")
    with slow_sending(page):
        choose(
            page,
            ("long.wav", samples.sound("WAV", seconds=60, rate=24_000)),
            ("boat.png", samples.image()),
        )
        says(page, "1 of 2")
        one = page.get_by_role("progressbar", name="long.wav")
        expect(one).to_have_attribute("value", re.compile(r"^[1-9]\d?$"))
        expect(page.get_by_role("progressbar", name="Uploaded")).to_be_visible()
    says(page, "2 of 2 uploaded")
    expect(row(page, "long")).to_contain_text("1:00")
    expect(row(page, "boat")).to_contain_text("64 × 48")


def test_a_file_on_its_way_can_be_stopped_and_nothing_of_it_is_kept(page: Page):
    page.goto("/media/")
    with slow_sending(page):
        choose(page, ("long.wav", samples.sound("WAV", seconds=60, rate=24_000)))
        page.get_by_role("button", name="Stop sending long.wav").click()
        expect(row(page, "long.wav")).to_contain_text("was stopped; nothing of it is kept.")
    page.reload()
    expect(page.get_by_text("Your library is empty")).to_be_visible()


def test_sending_goes_on_while_one_browses_and_its_end_is_told(page: Page):
    page.goto("/media/")
    with slow_sending(page):
        choose(page, ("long.wav", samples.sound("WAV", seconds=60, rate=24_000)))
        says(page, "1 of 1")
        go_to(page, "News")
    expect(page.locator("[data-toast]")).to_contain_text("1 of 1 uploaded.")
    go_to(page, "Media")
    expect(page.locator(".asset")).to_have_count(1)


def test_the_same_bytes_again_offer_the_file_that_is_there(page: Page, site: Site, reader: Reader):
    site.file(reader, "boat.png", samples.image())
    page.goto("/media/")
    drop(page, ("ship.png", samples.image()))
    says(page, "0 of 1 uploaded, 1 there already")
    expect(page.get_by_text("You already have this file: boat.")).to_be_visible()
    page.get_by_role("button", name="Keep both").click()
    says(page, "1 of 1 uploaded")
    expect(page.locator(".asset")).to_have_count(2)


def test_a_fresh_file_gets_its_words_in_its_row(page: Page):
    page.goto("/media/upload")
    choose(page, ("boat.png", samples.image()))
    says(page, "1 of 1 uploaded")
    page.get_by_label("Title").fill("The boat")
    page.get_by_label("Alt text").fill("A boat in fog")
    page.get_by_role("button", name="Save").click()
    expect(row(page, "The boat")).to_contain_text("Saved")
    row(page, "The boat").get_by_role("link", name="The boat").click()
    has_come(page, "The boat")
    expect(page.get_by_label("Alt text")).to_have_value("A boat in fog")


def test_files_of_the_library_are_chosen_for_a_story(page: Page, site: Site, reader: Reader):
    site.file(reader, "boat.png", samples.image())
    page.goto("/news/new")
    page.get_by_label("Headline").fill("The boat")
    page.get_by_label("Story", exact=True).fill("It sank.")
    page.get_by_role("checkbox", name="boat").check()
    page.get_by_role("button", name="Save story").click()
    has_come(page, "The boat")
    expect(page.locator(".story__lead img")).to_be_visible()
    page.goto("/media/?unused=1")
    expect(page.get_by_text("Nothing unused")).to_be_visible()
