"""A podcast of one's own, made in a real browser and fetched as apps fetch it."""

import re
from datetime import UTC, datetime
from time import monotonic

import feedparser
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from extensions import db
from models import User
from services.worker import briefings
from tests.browser.site import Reader, Site
from tests.browser.steps import go_to, heard, is_playing
from tests.factories import make_story
from tests.narrated import narrate

pytestmark = pytest.mark.browser


def address_in(page: Page) -> str:
    """Return the path of the address that is shown."""
    shown = page.get_by_label("Podcast address", exact=True).input_value()
    assert shown.startswith("http://localhost/podcast/")
    return shown.removeprefix("http://localhost")


def test_a_podcast_is_made_fetched_and_renewed(
    page: Page, site: Site, reader: Reader, browser: Browser
):
    story = site.story(reader, "Ferries sail again")
    site.track(reader, story, b"sound" * 100)
    page.goto("/")
    go_to(page, "Audio")
    page.get_by_role("link", name="Podcast").click()
    page.get_by_role("button", name="Make my podcast address").click()
    expect(page.get_by_text("Your podcast is ready")).to_be_visible()
    first = address_in(page)
    link = page.get_by_role("link", name="Open in a podcast app")
    expect(link).to_have_attribute("href", f"podcast://localhost{first}")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copy")).to_contain_text(re.compile("Copied|Press Ctrl"))
    assert Axe().run(page).response["violations"] == []

    stranger = browser.new_context(base_url=site.address)
    feed = feedparser.parse(stranger.request.get(first).body())
    assert [one.title for one in feed.entries] == ["Ferries sail again"]
    sound = feed.entries[0].enclosures[0].href.removeprefix("http://localhost")
    assert stranger.request.get(sound).body() == b"sound" * 100

    page.get_by_text("Renew", exact=True).first.click()
    page.get_by_role("button", name="Renew").click()
    expect(page.get_by_text("Here is your new address")).to_be_visible()
    assert address_in(page) != first
    assert stranger.request.get(first).status == 404
    assert stranger.request.get(sound).status == 404
    assert stranger.request.get(address_in(page)).status == 200
    assert stranger.cookies() == []
    stranger.close()


def test_a_briefing_is_asked_for_and_shows_up_by_itself(page: Page, site: Site, reader: Reader):
    page.goto("/podcast/")
    expect(page.get_by_text("None was made yet.")).to_be_visible()
    page.get_by_label("Make a briefing every day").check()
    page.get_by_label("Hour", exact=True).select_option("06:00")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_role("button", name="Save briefing").click()
    expect(page.get_by_text("The next one:")).to_be_visible()
    with site.inside():
        owner = db.session.get(User, reader.id)
        assert owner
        now = datetime.now(UTC)
        for headline in ("Ferries sail again", "A bus with books"):
            narrate(owner, make_story(owner, headline, created_at=now))
    page.get_by_role("button", name="Make one now").click()
    expect(page.get_by_text("Being made", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Make one now")).to_be_disabled()
    deadline = monotonic() + 60
    while page.get_by_text("What is in it").count() == 0:
        assert monotonic() < deadline
        with site.inside():
            briefings.drain()
        page.wait_for_timeout(500)
    expect(page.get_by_role("button", name="Make one now")).to_be_enabled()
    page.get_by_text("What is in it").click()
    expect(page.get_by_role("link", name="Ferries sail again", exact=True)).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("link", name=re.compile("^Briefing, ")).click()
    expect(page.get_by_role("heading", name="Chapters")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Listen")).first).to_be_visible()
    second = page.locator("[data-chapter]").last
    start = float(second.get_attribute("data-chapter") or 0)
    assert start > 0
    second.get_by_role("link", name=re.compile("^Listen from ")).click()
    expect(second).to_have_attribute("aria-current", "true")
    is_playing(page)
    assert start - 0.1 < heard(page) < start + 2
