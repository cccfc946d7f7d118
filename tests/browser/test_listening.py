"""Listening on: on another device, later, sentence by sentence, until one sleeps."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import sign_in
from tests.browser.site import Reader, Site
from tests.browser.spoken import (
    STORY,
    Spoken,
    hold,
    let_go,
    listen,
    spoken_story,
    wait_lit,
    wait_reading,
)
from tests.browser.steps import (
    AUDIO,
    go_to,
    heard,
    is_playing,
    note_starts,
    started_at,
    until,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def spoken(site: Site, reader: Reader) -> Spoken:
    return spoken_story(site, reader, f"{STORY}\n\n{STORY}")


@pytest.fixture
def other(new_context: Callable[..., BrowserContext], reader: Reader) -> Page:
    """Return a page of the same reader in a second browser."""
    context = new_context(user_agent="Mozilla/5.0 (Android 14; rv:120.0) Firefox/120.0")
    sign_in(context, reader)
    return context.new_page()


def kept(page: Page, spoken: Spoken) -> dict:
    return page.request.get(spoken.position).json()


def wait_kept(page: Page, spoken: Spoken, seconds: float) -> None:
    """Wait until the server knows a place at most a second away."""
    until(page, lambda: abs(kept(page, spoken)["seconds"] - seconds) < 1)


def move_to(page: Page, seconds: float) -> None:
    """Go somewhere by the player's slider, as a reader does."""
    slider = page.get_by_role("slider", name="Position")
    slider.evaluate(
        "(slider, at) => { slider.value = at; slider.dispatchEvent(new Event('change')); }", seconds
    )


def stop_at(page: Page, spoken: Spoken, seconds: float) -> None:
    """Pause at a moment, exactly there however slow the machine is."""
    hold(page)
    move_to(page, seconds)
    page.locator("#player").get_by_role("button", name="Pause").click()
    wait_kept(page, spoken, seconds)
    let_go(page)


def test_the_place_survives_a_reload(page: Page, spoken: Spoken):
    listen(page, spoken)
    stop_at(page, spoken, 40)
    page.evaluate("localStorage.clear()")
    page.goto("/")
    expect(page.locator("[data-resume]")).to_contain_text("0:40")
    note_starts(page)
    page.get_by_role("button", name="Go on listening").click()
    is_playing(page)
    # Who was away for more than ten seconds, as on a slow machine, hears five again.
    assert started_at(page) == pytest.approx(38, abs=3.5)


def test_another_device_goes_on_and_the_first_one_does_not_undo_it(
    page: Page, other: Page, spoken: Spoken
):
    listen(page, spoken)
    stop_at(page, spoken, 20)

    listen(other, spoken)
    is_playing(other, after=20)
    stop_at(other, spoken, 70)

    page.evaluate(f"{AUDIO}.currentTime = 21")  # as a sound does that is loaded anew
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function(f"() => Math.abs({AUDIO}.currentTime - 70) < 1")
    expect(page.locator("[data-offer]")).to_contain_text("where you stopped on Firefox on Android")
    page.locator("#player").get_by_role("button", name="Play", exact=True).click()
    is_playing(page, after=70)


def test_an_answer_that_comes_late_still_takes_one_to_where_one_stopped(
    page: Page, other: Page, spoken: Spoken
):
    listen(other, spoken)
    stop_at(other, spoken, 70)

    waiting: list[Route] | None = []

    def answer(route: Route) -> None:
        if waiting is None:
            route.continue_()
        else:
            waiting.append(route)

    page.route(f"**{spoken.position}", answer)
    listen(page, spoken)
    hold(page)
    assert heard(page) < 70
    held, waiting = waiting, None
    for route in held:
        route.continue_()
    page.wait_for_function(f"() => Math.abs({AUDIO}.currentTime - 70) < 1")
    assert not page.evaluate(f"{AUDIO}.paused")


def test_of_two_devices_that_play_the_reader_says_which_one_counts(
    page: Page, other: Page, spoken: Spoken
):
    listen(page, spoken)
    hold(page)
    wait_reading(page)
    listen(other, spoken)
    hold(other)
    move_to(other, 80)
    wait_kept(other, spoken, 80)

    move_to(page, 30)
    offer = page.locator("[data-offer]")
    expect(offer).to_contain_text("You have since listened on Firefox on Android")
    assert kept(page, spoken)["seconds"] >= 80
    offer.get_by_role("button", name="Stay here").click()
    wait_kept(page, spoken, 30)
    other.evaluate(f"{AUDIO}.pause()")
    expect(other.locator("[data-offer]")).to_be_visible()


def test_closing_the_page_keeps_the_place(page: Page, other: Page, spoken: Spoken):
    listen(page, spoken)
    move_to(page, 50)
    is_playing(page, after=53)
    hold(page)
    place = heard(page)
    page.close(run_before_unload=True)
    other.goto("/")
    wait_kept(other, spoken, place)


def test_a_tab_that_only_shows_the_player_does_not_move_the_place(
    page: Page, context: BrowserContext, spoken: Spoken
):
    listen(page, spoken)
    hold(page)
    move_to(page, 20)
    wait_kept(page, spoken, 20)
    idle = context.new_page()
    idle.goto("/")
    idle.wait_for_function(f"() => Math.abs({AUDIO}.currentTime - 20) < 5")
    stop_at(page, spoken, 70)
    idle.close(run_before_unload=True)
    page.reload()
    play = page.locator("#player").get_by_role("button", name="Play", exact=True)
    expect(play).to_be_visible()
    assert kept(page, spoken)["seconds"] == pytest.approx(70, abs=1)
    play.click()
    is_playing(page, after=70)


def test_one_tab_plays_at_a_time(page: Page, context: BrowserContext, spoken: Spoken):
    listen(page, spoken)
    second = context.new_page()
    listen(second, spoken)
    page.wait_for_function(f"() => {AUDIO}.paused")
    is_playing(second)


def test_who_comes_back_later_hears_a_little_again(page: Page, spoken: Spoken):
    page.clock.install()
    listen(page, spoken)
    stop_at(page, spoken, 60)
    place = heard(page)
    page.clock.fast_forward(120_000)
    note_starts(page)
    page.locator("#player").get_by_role("button", name="Play", exact=True).click()
    # Fifteen seconds, but no more than a twentieth of it all.
    assert spoken.duration < 300
    assert started_at(page) == pytest.approx(place - spoken.duration / 20, abs=0.5)


def test_sentences_back_again_and_forward_by_keys_and_buttons(page: Page, spoken: Spoken):
    listen(page, spoken)
    hold(page)
    move_to(page, spoken.start("By") + 2)
    for key, word in (("r", "By"), ("[", "She"), ("]", "By"), ("]", "What")):
        page.evaluate(f"{AUDIO}.pause()")
        page.keyboard.press(key)
        wait_lit(page, word)
        assert heard(page) == pytest.approx(spoken.start(word), abs=0.1)
    go_to(page, "Media")
    page.get_by_role("button", name="Sentences, queue and files").click()
    page.get_by_role("button", name="Next", exact=True).click()
    place = spoken.start("The", 1)
    page.wait_for_function(f"(at) => Math.abs({AUDIO}.currentTime - at) < 0.1", arg=place)


def test_comma_and_full_stop_change_the_speed(page: Page, spoken: Spoken):
    listen(page, spoken)
    for key, speed in ((".", 1.05), (".", 1.1), (",", 1.05)):
        page.keyboard.press(key)
        assert page.evaluate(f"{AUDIO}.playbackRate") == pytest.approx(speed)


def test_the_sleep_timer_fades_out_and_goes_back_to_where_it_began(page: Page, spoken: Spoken):
    page.clock.install()
    listen(page, spoken)
    page.get_by_role("button", name="Sleep timer").click()
    page.get_by_role("button", name="15 min").click()
    page.get_by_role("button", name="5 minutes less").click()
    expect(page.get_by_role("button", name="Sleep timer, 10 minutes left")).to_be_visible()
    let_go(page, 1 / 16)  # as slow as Chromium can, so that the place hardly moves meanwhile
    page.clock.fast_forward(590_000)
    page.wait_for_function(f"() => {AUDIO}.volume < 0.9")
    began = heard(page)
    page.clock.fast_forward(20_000)
    page.wait_for_function(f"() => {AUDIO}.paused")
    assert heard(page) == pytest.approx(began, abs=1)
    assert page.evaluate(f"{AUDIO}.volume") == 1
    page.get_by_role("button", name="5 more minutes").click()
    is_playing(page)


def test_all_that_is_unheard_plays_one_after_the_other(page: Page, site: Site, reader: Reader):
    for headline in ("First", "Second"):
        spoken_story(site, reader, "It rained.", headline=headline)
    page.goto("/audio/")
    page.evaluate(
        "window.titles = []; document.addEventListener('earshot:item', ({ detail }) => titles.push(detail.item.title))"
    )
    page.get_by_role("button", name="Play all unheard (2)").click()
    page.wait_for_function("() => titles.join() === 'Second,First'")
    until(page, lambda: not page.request.get("/audio/queue.json").json()["items"])
    page.goto("/audio/")
    expect(page.get_by_role("button", name="Play all unheard (")).to_have_count(0)


def test_captions_are_shown_wherever_one_browses(page: Page, spoken: Spoken):
    listen(page, spoken)
    hold(page)
    page.get_by_role("button", name="Captions").click()
    move_to(page, spoken.start("She") + 0.3)
    go_to(page, "Media")
    expect(page.locator("[data-caption]")).to_contain_text("no fee and no audience")
    assert page.locator("#player track").get_attribute("kind") == "captions"
    page.get_by_role("button", name="Captions").click()
    expect(page.locator("[data-caption]")).to_be_hidden()
