"""The player: what is pressed is what is heard."""

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from extensions import db
from models import AudioTrack
from services.storage import open_storage
from tests import samples
from tests.browser import rising
from tests.browser.site import Reader, Site
from tests.browser.steps import AUDIO, go_to, has_come, heard, is_playing, press_play

pytestmark = pytest.mark.browser

# Listens to what comes out of the player, and tells from its pitch where in the sound it is.
LISTEN = f"""() => {{
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, {{ fftSize: 8192 }});
  context.createMediaElementSource({AUDIO}).connect(analyser).connect(context.destination);
  const loudness = new Float32Array(analyser.frequencyBinCount);
  window.placeHeard = () => {{
    analyser.getFloatFrequencyData(loudness);
    const pitch = (loudness.indexOf(Math.max(...loudness)) * context.sampleRate) / analyser.fftSize;
    return (pitch - {rising.LOWEST}) / {rising.STEP};
  }};
}}"""


@pytest.fixture
def long_sound(site: Site, reader: Reader, page: Page) -> Page:
    """Return the page of a long sound that was taken into the player and paused."""
    media_id = site.file(reader, "rising.mp3", rising.rising())
    page.goto(f"/media/{media_id}")
    press_play(page, page.locator(".exhibit__sound"))
    page.locator("#player").get_by_role("button", name="Pause").click()
    expect(play_button(page)).to_be_visible()
    return page


def play_button(page: Page) -> Locator:
    return page.locator("#player").get_by_role("button", name="Play", exact=True)


def lands(page: Page, asked: float) -> None:
    page.wait_for_function(f"() => !{AUDIO}.seeking")
    assert heard(page) == pytest.approx(asked, abs=0.1)


def is_heard_there(page: Page) -> None:
    """Play on, and wait until the pitch is the one that belongs to the player's time."""
    page.evaluate(LISTEN)
    play_button(page).click()
    page.wait_for_function(f"() => Math.abs(window.placeHeard() - {AUDIO}.currentTime) < 1")


def place_on(page: Page, strip: str, part: float) -> tuple[float, float, float]:
    """Return a whole pixel of a strip as x and y, and the time that it stands for."""
    box = page.locator(strip).first.bounding_box()
    x = round(box["x"] + box["width"] * part)
    asked = (x - box["x"]) / box["width"] * page.evaluate(f"{AUDIO}.duration")
    return x, round(box["y"] + box["height"] / 2), asked


def test_what_plays_is_paused_by_the_button_that_started_it(long_sound: Page):
    place = long_sound.locator(".exhibit__sound")
    listen = place.get_by_role("button", name="Listen")
    expect(listen).to_contain_text("Listen")
    name = listen.get_attribute("aria-label")
    press_play(long_sound, place)
    pause = place.get_by_role("button", name="Pause: ")
    expect(pause).to_contain_text("Pause")
    expect(pause).to_be_focused()
    go_to(long_sound, "Media")
    expect(long_sound.locator(".asset").get_by_role("button", name="Pause: ")).to_be_visible()
    long_sound.go_back()
    pause.click()
    expect(listen).to_have_attribute("aria-label", name or "")
    expect(listen).to_contain_text("Listen")
    assert long_sound.evaluate(f"{AUDIO}.paused")


def test_a_press_on_the_scrubber_lands_where_the_pointer_is(long_sound: Page):
    for part in (0.97, 0.02, 0.51):
        x, y, asked = place_on(long_sound, "[data-scrubber]", part)
        long_sound.mouse.move(x, y)
        said = f"{asked // 60:.0f}:{asked % 60 // 1:02.0f}"
        expect(long_sound.locator("[data-hint]")).to_have_text(said)
        long_sound.mouse.click(x, y)
        lands(long_sound, asked)
    is_heard_there(long_sound)


def test_dragging_the_scrubber_lands_where_it_ends(long_sound: Page):
    start = heard(long_sound)
    x, y, _ = place_on(long_sound, "[data-scrubber]", 0.1)
    long_sound.mouse.move(x, y)
    long_sound.mouse.down()
    x, y, asked = place_on(long_sound, "[data-scrubber]", 0.8)
    long_sound.mouse.move(x, y, steps=5)
    assert heard(long_sound) == start
    long_sound.mouse.up()
    lands(long_sound, asked)


def test_keys_on_the_scrubber_land_where_they_say(long_sound: Page):
    slider = long_sound.get_by_role("slider", name="Position")
    slider.focus()
    length = long_sound.evaluate(f"{AUDIO}.duration")
    long_sound.keyboard.press("Home")
    lands(long_sound, 0)
    for key, asked in (
        ("PageUp", 30),
        ("PageUp", 60),
        ("PageDown", 30),
        ("ArrowRight", 35),
        ("ArrowUp", 40),
        ("ArrowLeft", 35),
        ("ArrowDown", 30),
        ("End", length),
        ("Home", 0),
        ("PageUp", 30),
    ):
        long_sound.keyboard.press(key)
        lands(long_sound, asked)
    expect(slider).to_have_attribute("aria-valuetext", "30 seconds of 5:00")
    is_heard_there(long_sound)


def test_a_press_on_a_waveform_goes_there_and_buttons_skip_from_it(long_sound: Page):
    x, y, asked = place_on(long_sound, ".exhibit__sound svg.wave", 0.6)
    long_sound.mouse.click(x, y)
    lands(long_sound, asked)
    player = long_sound.locator("#player")
    player.get_by_role("button", name="Forward 30 seconds").click()
    lands(long_sound, asked + 30)
    player.get_by_role("button", name="Back 10 seconds").click()
    lands(long_sound, asked + 20)


def test_space_plays_and_pauses_but_not_while_one_types(long_sound: Page):
    long_sound.locator("h1").click()
    long_sound.keyboard.press("Space")
    is_playing(long_sound)
    long_sound.get_by_label("Title").focus()
    long_sound.keyboard.press("Space")
    is_playing(long_sound)
    long_sound.get_by_label("Title").blur()
    long_sound.keyboard.press("Space")
    long_sound.wait_for_function(f"() => {AUDIO}.paused")


def test_the_speed_changes_and_stays(long_sound: Page):
    player = long_sound.locator("#player")
    player.get_by_role("button", name="Speed, 1.00×").click()
    player.get_by_role("button", name="1.50").click()
    assert long_sound.evaluate(f"{AUDIO}.playbackRate") == 1.5
    long_sound.reload()
    expect(player.get_by_role("button", name="Speed, 1.50×")).to_be_visible()
    assert long_sound.evaluate(f"{AUDIO}.playbackRate") == 1.5


def test_the_front_page_offers_to_go_on_where_one_stopped(
    long_sound: Page, site: Site, reader: Reader
):
    long_sound.get_by_role("button", name="Forward 30 seconds").click()
    place = heard(long_sound)
    long_sound.goto("/")
    panel = long_sound.locator("[data-resume]")
    expect(panel).to_contain_text("of 5:00")
    panel.get_by_role("button", name="Go on listening: rising").click()
    is_playing(long_sound, after=place)
    assert heard(long_sound) < place + 10


@pytest.fixture
def track(site: Site, reader: Reader) -> UUID:
    """Return a narration with its sound."""
    story = site.story(reader, "Rain at noon")
    sound = samples.sound("MP3", seconds=20, rate=8000)
    return site.track(reader, story, sound, duration=20.0)


def test_a_narration_plays_from_its_list(page: Page, track: UUID):
    page.goto("/audio/")
    press_play(page, page.locator(f"#track-{track}"))
    assert page.evaluate(f"{AUDIO}.duration") == pytest.approx(20, abs=0.1)
    go_to(page, "News")
    page.locator("#player").get_by_role("link", name="Rain at noon").click()
    has_come(page, "Rain at noon")
    is_playing(page)


def lose(site: Site, track: UUID) -> Callable[[], None]:
    """Take the object of a narration out of storage; return what brings it back."""
    with site.inside():
        key = db.session.get(AudioTrack, track).storage_key
        storage = open_storage()
        with storage.open(key) as body:
            data = body.read()
        storage.delete(key)

    def bring_back() -> None:
        with site.inside():
            open_storage().put(key, data, "audio/mpeg")

    return bring_back


def test_a_sound_that_is_gone_says_so_and_plays_once_it_is_back(
    page: Page, site: Site, track: UUID
):
    bring_back = lose(site, track)
    page.goto(f"/audio/{track}")
    page.get_by_role("button", name="Listen").click()
    error = page.locator("#player").get_by_role("alert")
    expect(error).to_contain_text("This sound can't be played right now.")
    expect(play_button(page)).to_be_visible()

    bring_back()
    error.get_by_role("button", name="Try again").click()
    is_playing(page, after=0)
    expect(error).to_have_count(0)
