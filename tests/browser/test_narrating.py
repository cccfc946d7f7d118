"""Having stories read aloud in a real browser, with a worker beside the site."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from extensions import db
from services.worker.doorbell import Doorbell
from services.worker.loop import serve
from tests.browser.site import Reader, Site
from tests.browser.spoken import hold, lags, press_word, spoken_track, wait_lit, wait_reading
from tests.browser.steps import AUDIO, heard, is_playing

pytestmark = pytest.mark.browser

ARTICLE = Path(__file__).with_name("article.md")
WORDS = "It rained at noon, and nobody in the old town minded. The ferry kept running.\n\n"


@pytest.fixture
def worker(site: Site) -> Iterator[None]:
    """Let a worker serve the site's queue, in a thread."""
    with site.inside():
        address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    doorbell = Doorbell(address)

    def run() -> None:
        with site.app.app_context():
            serve(doorbell)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    doorbell.stop()
    thread.join()
    doorbell.close()


@pytest.fixture
def story(site: Site, reader: Reader) -> str:
    """Return the address of a story that nobody has read aloud."""
    return f"{site.address}/news/{site.story(reader, 'Rain at noon', content=WORDS * 4)}"


@pytest.mark.usefixtures("worker")
def test_one_press_is_enough_to_hear_and_follow_a_story(page: Page, story: str):
    page.goto(story)
    page.locator("#narration").get_by_role("button", name="Narrate").click()
    listen = page.locator("#narration").get_by_role("button", name=re.compile("^Listen"))
    expect(listen).to_be_visible(timeout=90_000)
    expect(page.locator("#announce")).to_contain_text("Narration ready")
    expect(page.locator("#narration")).to_contain_text("Word timing")
    listen.click()
    is_playing(page, after=0)
    expect(page.locator("[data-readalong]")).to_have_count(1)


@pytest.mark.usefixtures("worker")
def test_a_pasted_article_is_read_aloud_and_followed_to_the_word(page: Page, site: Site):
    page.goto("/news/new")
    page.get_by_label("Headline").fill("The night train leaves on time")
    page.get_by_label("Story", exact=True).fill(ARTICLE.read_text(encoding="utf-8"))
    page.get_by_role("button", name="Save story").click()
    narration = page.locator("#narration")
    narration.get_by_role("button", name="Narrate").click()
    narration.get_by_role("button", name=re.compile("^Listen")).click(timeout=90_000)
    wait_reading(page)
    spoken = spoken_track(site, UUID(narration.get_attribute("data-track")))
    assert max(lags(page, spoken)) < 0.15

    hold(page)
    for word in ("motorway", "geography", "moderate"):
        press_word(page, word)
        wait_lit(page, word)
        assert heard(page) == pytest.approx(spoken.start(word), abs=0.1)


def test_what_waits_can_be_stopped_and_the_keyboard_stays_where_it_was(page: Page, story: str):
    page.goto(story)
    page.locator("#narration").get_by_role("button", name="Narrate").press("Enter")
    expect(page.locator("#narration")).to_contain_text("Queued")
    expect(page.locator("#narration-do")).to_be_focused()
    page.get_by_role("button", name="Stop").press("Enter")
    expect(page.locator("#narration").get_by_role("button", name="Narrate")).to_be_focused()


@pytest.mark.usefixtures("worker")
def test_voice_words_and_speed_are_chosen_after_hearing_a_sample(page: Page, story: str):
    page.goto(story)
    page.get_by_role("link", name="Choose voice and text").click()
    page.get_by_label("Language").select_option("German")
    sample = page.get_by_role("button", name="Hear a sample of Clara, German")
    # A sample is short: what counts is that its button was ever pressed.
    sample.evaluate(
        "(button) => new MutationObserver(() => {"
        " if (button.getAttribute('aria-pressed') === 'true') button.dataset.heard = 'yes';"
        " }).observe(button, { attributeFilter: ['aria-pressed'] })"
    )
    sample.click()
    expect(sample).to_have_attribute("data-heard", "yes")
    assert page.evaluate(f"{AUDIO}.paused"), "a sample leaves the player alone"
    page.get_by_label("What is read").fill("Nur ein Satz.")
    expect(page.locator("[data-spoken-cost]")).to_contain_text("13 characters")
    page.get_by_role("radio", name=re.compile("Clara")).check()
    page.get_by_role("button", name="Narrate").click()
    listen = page.locator("#narration").get_by_role("button", name=re.compile("^Listen"))
    expect(listen).to_be_visible(timeout=90_000)
    expect(page.locator("#narration")).to_contain_text("Read by Clara, German")


@pytest.mark.usefixtures("worker")
def test_a_row_of_the_news_goes_from_narrate_to_listen_in_its_place(
    page: Page, site: Site, story: str
):
    page.goto(f"{site.address}/news/")
    page.get_by_role("button", name="Narrate: Rain at noon").click()
    listen = page.get_by_role("button", name=re.compile("^Listen: Rain at noon"))
    expect(listen).to_be_visible(timeout=90_000)
    expect(page).to_have_url(f"{site.address}/news/")
    page.get_by_role("link", name="Audio").first.click()
    page.get_by_role("link", name="History").click()
    expect(page.locator(".job")).to_contain_text("Done")
    page.get_by_label("State").select_option("Failed or stopped")
    expect(page.get_by_text("none of your narrations failed")).to_be_visible()
    assert page.url.endswith("/audio/generations?state=failed")
