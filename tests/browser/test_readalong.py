"""Reading along: what is lit is what is said."""

import re
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from extensions import db
from models import MediaAsset
from tests.browser.site import Reader, Site
from tests.browser.spoken import (
    STORY,
    Spoken,
    hold,
    lags,
    let_go,
    listen,
    listen_to,
    lit,
    open_more,
    place_of,
    press_word,
    spoken_story,
    wait_lit,
    wait_reading,
)
from tests.browser.steps import (
    AUDIO,
    go_to,
    has_come,
    heard,
    is_playing,
    note_starts,
    started_at,
)
from tests.samples import image

pytestmark = pytest.mark.browser


@pytest.fixture
def spoken(site: Site, reader: Reader) -> Spoken:
    return spoken_story(site, reader)


@pytest.mark.parametrize("speed", [1, 2])
def test_the_lit_word_is_the_one_that_is_heard(page: Page, spoken: Spoken, speed: float):
    listen(page, spoken)
    let_go(page, speed)
    wait_reading(page)
    assert max(lags(page, spoken)) / speed < 0.15


def test_the_sentence_is_tinted_and_what_is_ahead_dimmed_only_while_it_plays(
    page: Page, spoken: Spoken
):
    listen_to(page, spoken, "bell")
    press_word(page, "audience")
    wait_lit(page, "audience")
    assert lit(page, "sentence") == "She had no permit, no fee and no audience."
    assert lit(page, "ahead").split()[:3] == ["By", "noon", "there"]
    page.keyboard.press("Space")
    page.wait_for_function(f"() => {AUDIO}.paused")
    wait_lit(page, "", "ahead")
    assert lit(page, "sentence")


@pytest.mark.parametrize("word", ["mechanism", "ferry", "drainpipes", "finger", "window"])
def test_a_press_on_a_word_lands_at_its_start(page: Page, spoken: Spoken, word: str):
    listen_to(page, spoken, "bell")
    page.evaluate(f"{AUDIO}.pause()")
    page.evaluate(
        f"window.went = []; {AUDIO}.addEventListener('seeking', () => went.push({AUDIO}.currentTime))"
    )
    press_word(page, word)
    wait_lit(page, word)
    assert page.evaluate("went[0]") == pytest.approx(spoken.start(word), abs=0.1)
    let_go(page)
    is_playing(page)


def test_a_press_starts_a_story_that_was_not_playing(page: Page, spoken: Spoken):
    page.goto(spoken.page)
    page.locator("[data-readalong][data-mode]").wait_for()
    note_starts(page)
    press_word(page, "mechanism")
    assert started_at(page) == pytest.approx(spoken.start("mechanism"), abs=0.5)
    is_playing(page)
    wait_reading(page)


def test_words_are_found_around_pictures_also_when_those_come_meanwhile(
    page: Page, site: Site, reader: Reader
):
    address = "https://a.test/bell.png"
    spoken = spoken_story(
        site, reader, STORY.replace("## What", f"![A bell]({address})\n\n## What")
    )
    listen_to(page, spoken, "mechanism")
    page.get_by_role("button", name="Keep it here").click()
    expect(page.locator("#text-pictures")).to_contain_text("Being kept…")
    # As a worker would.
    kept = site.file(reader, "bell.png", image(size=(900, 600)), UUID(spoken.page.split("/")[-1]))
    with site.inside():
        db.session.execute(delete(MediaAsset).where(MediaAsset.url == address))
        asset = db.session.get_one(MediaAsset, kept)
        asset.metadata_ = asset.metadata_ | {"kept_from": address}
        db.session.commit()
    picture = page.locator("#story-text img")
    expect(picture).to_have_attribute("src", f"/media/{kept}/file", timeout=20_000)
    wait_lit(page, "mechanism")
    press_word(page, "ferry")
    wait_lit(page, "ferry")
    page.evaluate(f"{AUDIO}.pause()")
    page.locator("[data-readalong-text=main]").press("ArrowRight")
    wait_lit(page, "ferry", "caret")
    place = heard(page)
    picture.click()
    expect(page).to_have_url(re.compile(f"/media/{kept}$"))
    assert heard(page) == place


def test_code_and_selections_do_not_move_the_sound(page: Page, spoken: Spoken):
    listen(page, spoken)
    page.evaluate(f"{AUDIO}.pause()")
    place = heard(page)
    press_word(page, "strike")
    x, y = place_of(page, "mechanism")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y, steps=4)
    page.mouse.up()
    assert page.evaluate("String(getSelection())")
    assert heard(page) == place


def test_the_text_on_the_page_is_left_as_it_was(page: Page, spoken: Spoken):
    page.goto(spoken.page)
    before = page.locator("[data-readalong-text=main]").inner_html()
    listen_to(page, spoken, "bell")
    assert page.locator("[data-readalong-text=main]").inner_html() == before


def test_sentences_light_up_alone_or_nothing_does_and_that_is_remembered(
    page: Page, spoken: Spoken
):
    listen_to(page, spoken, "bell")
    open_more(page)
    modes = page.get_by_role("group", name="What lights up")
    modes.get_by_role("button", name="Sentences").click()
    page.wait_for_function(
        "() => !CSS.highlights.get('spoken-word')?.size && CSS.highlights.get('spoken-sentence')?.size"
    )
    assert lit(page, "sentence") in spoken.text
    page.reload()
    open_more(page)
    expect(modes.get_by_role("button", name="Sentences")).to_have_attribute("aria-pressed", "true")
    modes.get_by_role("button", name="Off").click()
    page.locator("#player").get_by_role("button", name="Play", exact=True).click()
    is_playing(page)
    assert lit(page, "sentence") == lit(page) == ""


def test_arrows_walk_through_the_text_and_enter_plays_from_there(page: Page, spoken: Spoken):
    page.goto(spoken.page)
    text = page.get_by_role("group", name="Text that is read aloud")
    text.focus()
    note_starts(page)
    for key, word in (
        ("ArrowRight", "The"),
        ("ArrowRight", "bell"),
        ("ArrowDown", "She"),
        ("ArrowUp", "The"),
        ("ArrowDown", "She"),
        ("ArrowRight", "had"),
        ("ArrowLeft", "She"),
    ):
        page.keyboard.press(key)
        assert lit(page, "caret") == word
    expect(page.locator("#announce")).to_have_text("She")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#announce")).to_have_text(
        "By noon there were ninety people in the square, and someone had begun to sing."
    )
    page.keyboard.press("Enter")
    assert started_at(page) == pytest.approx(spoken.start("By"), abs=0.5)
    assert page.locator("[data-readalong-text=main] [tabindex]").count() == 0


def test_marking_the_story_leaves_the_words_lit(page: Page, spoken: Spoken):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    listen_to(page, spoken, "mechanism")
    wait_lit(page, "mechanism")
    page.get_by_role("button", name=re.compile("^Star:")).click()
    expect(page.get_by_text("Starred.", exact=True)).to_be_visible()
    assert lit(page) == "mechanism"
    assert len([address for address in asked if address.endswith("/words.json")]) == 1


def test_an_address_with_a_time_starts_there(page: Page, spoken: Spoken):
    note_starts(page)
    page.goto(f"{spoken.page}?t=21.5")
    assert started_at(page) == pytest.approx(21.5, abs=0.5)
    is_playing(page)
    assert "?t=" not in page.url


def test_it_goes_on_while_one_browses_and_takes_up_again(page: Page, spoken: Spoken):
    listen(page, spoken)
    let_go(page, 0.25)  # so that it does not end on the way
    wait_reading(page)
    go_to(page, "Media")
    is_playing(page)
    assert page.evaluate("CSS.highlights.size") == 0
    page.go_back()
    has_come(page, "A bell that woke a city")
    wait_reading(page)
    go_to(page, "News")
    page.locator("#player").get_by_role("link", name="A bell").click()
    has_come(page, "A bell that woke a city")
    wait_reading(page)


def test_other_words_than_the_storys_are_shown_in_its_place(page: Page, site: Site, reader: Reader):
    other = "Nothing of this stands in the story. It was written for the voice alone."
    spoken = spoken_story(site, reader, text=other)
    listen_to(page, spoken, "stands")
    story = page.locator("[data-readalong-text=main]")
    expect(story).to_be_hidden()
    expect(page.locator(".prose.spoken")).to_have_text(other)
    expect(page.locator("[data-note]")).to_contain_text("differs from the story")
    open_more(page)
    button = page.get_by_role("button", name="Show what is read")
    expect(button).to_have_attribute("aria-pressed", "true")


def test_what_is_read_can_be_shown_and_the_story_again(page: Page, spoken: Spoken):
    listen_to(page, spoken, "bell")
    open_more(page)
    button = page.get_by_role("button", name="Show what is read")
    button.click()
    expect(page.locator(".prose.spoken")).to_contain_text("1. At the fish market")
    press_word(page, "ferry")
    wait_lit(page, "ferry")
    button.click()
    expect(page.locator("[data-readalong-text=main]")).to_be_visible()
    wait_lit(page, "ferry")


def test_times_that_are_coarse_light_up_sentences(page: Page, site: Site, reader: Reader):
    spoken = spoken_story(site, reader, metadata_={"alignment_grade": "coarse"})
    listen(page, spoken)
    hold(page)
    press_word(page, "audience")
    wait_lit(page, "She had no permit, no fee and no audience.", "sentence")
    assert heard(page) == pytest.approx(spoken.start("She"), abs=0.1)
    assert lit(page) == ""
    open_more(page)
    expect(page.get_by_role("button", name="Words", exact=True)).to_be_disabled()


def test_times_that_are_unusable_light_up_nothing_and_say_why(
    page: Page, site: Site, reader: Reader
):
    reasons = ["Some characters end before they start."]
    known = {"alignment_grade": "unusable", "alignment_reasons": reasons}
    listen(page, spoken_story(site, reader, metadata_=known))
    expect(page.locator("[data-note]")).to_contain_text("nothing lights up")
    expect(page.locator("[data-note]")).to_contain_text(reasons[0])
    assert lit(page) == lit(page, "sentence") == ""


def test_no_accessibility_rule_is_broken_while_words_are_lit(page: Page, spoken: Spoken):
    listen_to(page, spoken, "bell")
    open_more(page)
    for name in ("Speed, 1.00×", "Sleep timer", "Sentences, queue and files"):
        page.get_by_role("button", name=name).click()
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_a_browser_without_highlights_shows_boxes(page: Page, spoken: Spoken):
    page.add_init_script("delete globalThis.Highlight")
    listen(page, spoken)
    hold(page, spoken.start("bell"))
    box = page.locator(".spoken-boxes .spoken-word")
    box.wait_for()
    press_word(page, "mechanism")
    x, y = place_of(page, "mechanism")
    place = box.bounding_box()
    assert place["x"] <= x <= place["x"] + place["width"]
    assert place["y"] <= y <= place["y"] + place["height"]
    assert "spoken" not in page.locator("[data-readalong-text=main]").inner_html()
    assert STORY.count("mechanism") == 1
