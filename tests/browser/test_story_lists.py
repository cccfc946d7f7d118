"""How lists of stories and a story's head are set: any script, any length, any screen."""

import pytest
from playwright.sync_api import Locator, Page, expect

from extensions import db
from models import NewsStory
from tests.browser.site import Reader, Site
from tests.factories import make_asset
from tests.samples import photo, sound

pytestmark = pytest.mark.browser

ARABIC = "النهر يعود إلى المدينة"
TALE = "The council of the old harbour town has agreed to move the fish market "


def box(place: Locator) -> dict[str, float]:
    found = place.bounding_box()
    assert found
    return dict(found)


def style(place: Locator, name: str) -> str:
    return place.evaluate("(one, name) => getComputedStyle(one)[name]", name)


def test_each_headline_begins_where_its_script_begins(page: Page, site: Site, reader: Reader):
    site.story(reader, "Rain at noon", content="It rained.")
    site.story(reader, ARABIC, content="عاد النهر إلى وسط المدينة. It rained.")
    page.goto("/news/")
    arabic = page.get_by_role("heading", name=ARABIC)
    assert style(arabic, "direction") == "rtl"
    assert style(page.get_by_text("عاد النهر إلى وسط المدينة"), "direction") == "rtl"
    assert style(page.get_by_role("heading", name="Rain at noon"), "direction") == "ltr"
    right = box(arabic)["x"] + box(arabic)["width"]
    link = box(arabic.get_by_role("link"))
    assert link["x"] + link["width"] == pytest.approx(right, abs=2)


@pytest.mark.parametrize("width", [360, 1280])
def test_the_bar_of_the_keys_stands_beside_the_row(page: Page, site: Site, reader, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    site.story(reader, "Rain at noon")
    page.goto("/news/")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Rain at noon")).to_be_focused()
    row = page.locator(".row")
    bar = row.evaluate(
        "(one) => { const s = getComputedStyle(one, '::after');"
        " return [parseFloat(s.left), parseFloat(s.borderLeftWidth)] }"
    )
    assert bar[1] >= 3
    assert bar[0] + bar[1] <= 0
    assert box(row)["x"] + bar[0] >= 0


def test_a_long_headline_is_cut_in_lists_and_smaller_at_its_page(page: Page, site: Site, reader):
    brief, long, longest = "Rain at noon", TALE * 2, (TALE * 5)[:300]
    stories = {name: site.story(reader, name.strip()) for name in (brief, long, longest)}
    page.goto("/news/")
    heights = [box(heading)["height"] for heading in page.locator(".row h2").all()]
    page.set_viewport_size({"width": 360, "height": 800})
    narrow = page.locator(".row h2").first
    line = float(style(narrow, "lineHeight").removesuffix("px"))
    assert box(narrow)["height"] <= 4 * line + 1
    assert max(heights) <= 4 * line * 1.3
    sizes = []
    for name in (brief, long, longest):
        page.goto(f"/news/{stories[name]}")
        sizes.append(float(style(page.locator("h1"), "fontSize").removesuffix("px")))
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 3


def test_the_bar_of_ticked_stories_is_low_on_a_phone(page: Page, site: Site, reader: Reader):
    page.set_viewport_size({"width": 360, "height": 740})
    for number in range(12):
        site.story(reader, f"Story {number}")
    page.goto("/news/")
    page.locator("[data-select-row]").first.check()
    bar = page.get_by_role("form", name="Selected stories")
    assert box(bar)["height"] <= 120
    buttons = bar.locator(".bulk__do > button, .bulk__do summary").all()
    assert len(buttons) == 6
    assert len({box(one)["y"] for one in buttons}) == 1
    assert all(min(box(one)["width"], box(one)["height"]) >= 44 for one in buttons)
    for _ in range(12):
        page.keyboard.press("j")
    last = page.locator(":focus")
    expect(last).to_have_text("Story 0")
    assert box(last)["y"] + box(last)["height"] <= box(bar)["y"]


def test_on_a_phone_the_text_begins_in_the_first_screen(page: Page, site: Site, reader: Reader):
    story = site.story(reader, "Harbour bridge opens early", content="Trams ran at once. " * 60)
    data = sound("MP3", seconds=4, rate=8000)
    site.track(reader, story, data, duration=4.0)
    site.file(reader, "gulls.mp3", data, story)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/news/{story}")
    text = page.locator(".prose")
    assert box(text)["y"] < 740 * 0.6
    site.file(reader, "bridge.jpg", photo((640, 480)), story)
    page.reload()
    assert box(text)["y"] < 740 - box(page.get_by_role("navigation", name="Main"))["height"]
    expect(page.get_by_role("link", name="Narrate again")).to_be_hidden()
    page.locator("summary").filter(has_text="Read by").press("Enter")
    expect(page.get_by_role("link", name="Narrate again")).to_be_visible()


def test_a_recording_kept_elsewhere_is_led_to_while_the_player_goes_on(
    page: Page, site: Site, reader: Reader
):
    story = site.story(reader, "An episode", content="Who spoke, and of what. " * 200)
    with site.inside():
        make_asset(reader, db.session.get(NewsStory, story), "audio", url="https://e.test/1.mp3")
    page.goto("/news/")
    page.evaluate("window.stays = true")
    page.get_by_role("link", name="Recording kept elsewhere: An episode").click()
    section = page.get_by_role("region", name="From elsewhere")
    expect(section).to_be_focused()
    expect(section).to_be_in_viewport()
    assert page.evaluate("window.stays")
