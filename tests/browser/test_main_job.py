"""The whole main job, from a site where nobody has been to the second sign-in."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import samples
from tests.browser.site import Site
from tests.browser.steps import choose, drop, go_to, has_come, heard, is_playing, press_play

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "first@earshot.test", "a lighthouse at noon"
HEADLINE = "Storm takes the old lighthouse"
SECONDS = 60.0


def test_a_first_visitor_keeps_a_story_hears_it_and_finds_it_again(
    empty_site: Site, context: BrowserContext
):
    page = context.new_page()
    register(page, empty_site)
    write(page)
    story = page.url
    page.get_by_role("link", name="Earshot, home").click()
    listen_while_browsing(page)
    find(page, story)
    asset = fill_the_library(page)
    leave_and_come_back(page, asset)


def register(page: Page, site: Site) -> None:
    """The very first visit leads to the admin's account."""
    page.goto(site.address)
    expect(page.get_by_role("heading", name="Create the first account")).to_be_visible()
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Nothing within earshot yet.")).to_be_visible()
    page.goto(site.address + "/account")
    expect(page.locator("dd", has_text="Admin")).to_be_visible()
    page.get_by_role("link", name="Earshot, home").click()


def write(page: Page) -> None:
    """One form takes the story, its picture and its recording."""
    page.get_by_role("link", name="Write your first story").click()
    page.get_by_label("Headline").fill(HEADLINE)
    page.get_by_label("Story", exact=True).fill("The lamp went out at **noon**. Nobody was hurt.")
    choose(
        page,
        ("lighthouse.jpg", samples.photo((640, 480))),
        ("waves.mp3", samples.sound("MP3", seconds=SECONDS, rate=8000)),
    )
    expect(page.locator(".drop__file")).to_have_count(2)
    page.get_by_role("button", name="Save story").click()
    expect(page.get_by_role("heading", name=HEADLINE, level=1)).to_be_visible()
    expect(page.locator("[data-toast]")).to_contain_text("Story saved.")
    expect(page.locator(".prose strong")).to_have_text("noon")


def listen_while_browsing(page: Page) -> None:
    """The front page shows the story; its sound goes on through links, back and forward."""
    lead = page.locator("article.lead")
    expect(lead.get_by_role("heading", name=HEADLINE)).to_be_visible()
    page.wait_for_function("() => document.querySelector('.lead img').naturalWidth > 0")
    press_play(page, lead)
    page.evaluate("window.sameDocument = true")
    assert abs(page.evaluate("document.querySelector('[data-audio]').duration") - SECONDS) < 0.1
    expect(page.locator("#player")).to_contain_text(HEADLINE)

    for move, title in (
        (lambda: go_to(page, "News"), "News"),
        (lambda: go_to(page, "Media"), "Media"),
        (page.go_back, "News"),
        (page.go_forward, "Media"),
    ):
        before = heard(page)
        move()
        has_come(page, title)
        expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
        is_playing(page, after=before)
    assert page.evaluate("window.sameDocument")


def find(page: Page, story: str) -> None:
    """Search answers while one types, and shows why it found what it found."""
    go_to(page, "News")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("lighthouse hurt")
    expect(page.locator("#news-list")).to_contain_text("1 story matches")
    expect(page.locator("#news-list mark")).to_have_text(["lighthouse", "hurt"])
    expect(page).to_have_url(re.compile(r"/news/\?q=lighthouse(\+|%20)hurt$"))
    page.locator("#news-list").get_by_role("link", name=HEADLINE).click()
    # The story knows the search that it was opened from.
    expect(page).to_have_url(re.compile(re.escape(story) + r"\?q=lighthouse(\+|%20)hurt$"))
    is_playing(page)


def fill_the_library(page: Page) -> str:
    """The library shows both files; of those dropped on it, the refused ones are named."""
    go_to(page, "Media")
    expect(page.locator(".asset")).to_have_count(2)
    drop(
        page,
        ("harbour.png", samples.image()),
        ("gulls.wav", samples.sound("WAV", rate=8000)),
        ("diary.txt", b"Dear diary"),
        ("trick.png", b"<!doctype html><title>Trick</title>"),
    )
    expect(page.locator("[data-sending-words]")).to_have_text("2 of 4 uploaded, 2 refused")
    refused = page.locator(".drop__file.is-refused")
    expect(refused.first).to_contain_text("diary.txt is text.")
    expect(refused.last).to_contain_text("trick.png is a web page.")
    expect(page.locator(".asset")).to_have_count(4)
    expect(page.locator(".page-head__lede")).to_contain_text("2 pictures and 2 sounds")

    page.locator(".asset").get_by_role("link", name="harbour").click()
    has_come(page, "harbour")
    page.get_by_label("Title").fill("The harbour at six")
    page.get_by_label("Alt text").fill("Boats in fog")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-toast]").last).to_contain_text("Saved.")
    expect(page.get_by_role("heading", name="The harbour at six")).to_be_visible()
    expect(page.locator(".exhibit__pic img")).to_have_attribute("alt", "Boats in fog")
    return page.url


def leave_and_come_back(page: Page, wanted: str) -> None:
    """Signed out, one is asked to sign in, and is then where one wanted to be."""
    page.locator("details.account summary").click()
    page.locator(".account__sheet").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('player'))") == []

    page.goto(wanted)
    expect(page).to_have_url(re.compile("/login"))
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(wanted)
    expect(page.get_by_role("heading", name="The harbour at six")).to_be_visible()
