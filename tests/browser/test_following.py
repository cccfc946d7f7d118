"""The page scrolls along with what is spoken, until its reader scrolls."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Reader, Site
from tests.browser.spoken import (
    STORY,
    Spoken,
    hold,
    listen,
    listen_to,
    press_word,
    spoken_story,
    wait_lit,
)
from tests.browser.steps import AUDIO

pytestmark = pytest.mark.browser
WINDOW = {"width": 1000, "height": 560}
# Where the lit sentence stands in the part of the window that the player leaves free, 0 to 1.
PLACE = """() => {
  const [range] = CSS.highlights.get("spoken-sentence") ?? [];
  if (!range) return -1;
  const box = range.getBoundingClientRect();
  return box.top / document.querySelector("#player").getBoundingClientRect().top;
}"""
BACK = "Back to the spoken word"


@pytest.fixture
def spoken(site: Site, reader: Reader) -> Spoken:
    return spoken_story(site, reader, f"{STORY}\n\n## And again\n\n{STORY}")


@pytest.fixture(params=["reduce", "no-preference"])
def window(request: pytest.FixtureRequest, page: Page) -> Page:
    """Return a page in a low window, of a reader who likes movement and of one who doesn't."""
    page.emulate_media(reduced_motion=request.param)
    page.set_viewport_size(WINDOW)
    return page


def in_the_middle(page: Page) -> None:
    page.wait_for_function(f"() => {{ const at = ({PLACE})(); return at > 0.25 && at < 0.7; }}")


def settled(page: Page) -> None:
    """Wait until the page has come to rest with the sentence in the middle."""
    in_the_middle(page)
    page.evaluate(
        """() => new Promise((done) => {
          let last = -1;
          const look = () => {
            if (scrollY === last) return done();
            last = scrollY;
            setTimeout(look, 150);
          };
          look();
        })"""
    )


def test_the_spoken_sentence_stays_in_the_middle_third(window: Page, spoken: Spoken):
    listen(window, spoken)
    for word in ("ferry", "drainpipes", "spoon"):
        hold(window, spoken.start(word))
        wait_lit(window, word)
        in_the_middle(window)
    expect(window.get_by_role("button", name=BACK)).to_be_hidden()


def test_it_stops_when_the_reader_scrolls_and_comes_back_on_a_press(window: Page, spoken: Spoken):
    listen_to(window, spoken, "drainpipes")
    settled(window)
    window.mouse.move(500, 200)
    window.mouse.wheel(0, -900)
    back = window.get_by_role("button", name=BACK)
    expect(back).to_be_visible()
    window.wait_for_function("() => scrollY < 200")

    hold(window, spoken.start("spoon"))
    wait_lit(window, "spoon")
    assert window.evaluate("scrollY") < 200

    back.click()
    in_the_middle(window)
    expect(back).to_be_hidden()


def test_a_press_on_a_word_goes_along_again(window: Page, spoken: Spoken):
    listen_to(window, spoken, "drainpipes")
    settled(window)
    window.mouse.move(500, 200)
    window.mouse.wheel(0, -900)
    expect(window.get_by_role("button", name=BACK)).to_be_visible()

    press_word(window, "map")
    wait_lit(window, "map")
    expect(window.get_by_role("button", name=BACK)).to_be_hidden()


def test_nothing_moves_while_nothing_plays(window: Page, spoken: Spoken):
    listen_to(window, spoken, "drainpipes")
    settled(window)
    window.evaluate(f"{AUDIO}.pause()")
    window.mouse.move(500, 200)
    window.mouse.wheel(0, -2000)
    window.wait_for_function("() => scrollY === 0")

    hold(window, spoken.start("spoon"))
    wait_lit(window, "spoon")
    assert window.evaluate("scrollY") == 0


def test_reduced_motion_jumps(page: Page, spoken: Spoken):
    page.set_viewport_size(WINDOW)
    page.add_init_script(
        "window.ways = []; const old = scrollTo;"
        " window.scrollTo = (...how) => { ways.push(how[0]?.behavior); old(...how); };"
    )
    listen_to(page, spoken, "spoon")
    in_the_middle(page)
    assert "instant" in page.evaluate("ways")
    assert "smooth" not in page.evaluate("ways")


def test_going_on_later_brings_the_place_into_sight_at_once(window: Page, spoken: Spoken):
    listen_to(window, spoken, "drainpipes")
    window.evaluate(f"{AUDIO}.pause()")
    window.wait_for_function("() => document.querySelector('#player [aria-label=Play]')")
    window.goto("/news/")
    window.goto(spoken.page)
    wait_lit(window, "drainpipes")
    assert window.evaluate("scrollY") == 0
    # At this speed the sentence that is lit would take minutes to change.
    window.evaluate(f"{AUDIO}.defaultPlaybackRate = {AUDIO}.playbackRate = 1 / 16")
    window.locator("#player").get_by_role("button", name="Play", exact=True).click()
    in_the_middle(window)
