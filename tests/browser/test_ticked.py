"""The bar of ticked stories: it lets the list stand still, and the keys keep their place."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.site import Reader, Site
from tests.browser.steps import press_play
from tests.samples import sound

pytestmark = pytest.mark.browser

HEIGHTS = {1280: 900, 360: 740}
TAGS = "Tags, with commas between them"


@pytest.fixture(params=HEIGHTS)
def list_page(request, page: Page, site: Site, reader: Reader) -> Page:
    """Show a list that is longer than the screen; the newest story is the first."""
    for number in reversed(range(1, 16)):
        site.story(reader, f"Story {number:02}", content="It rained all day. " * 30)
    page.set_viewport_size({"width": request.param, "height": HEIGHTS[request.param]})
    page.goto("/news/")
    return page


def bar(page: Page) -> Locator:
    return page.get_by_role("form", name="Selected stories")


def box(place: Locator) -> dict[str, float]:
    found = place.bounding_box()
    assert found
    return dict(found)


def apart(one: dict[str, float], other: dict[str, float]) -> bool:
    """Say whether two boxes have nothing in common."""
    return (
        one["x"] + one["width"] <= other["x"]
        or other["x"] + other["width"] <= one["x"]
        or one["y"] + one["height"] <= other["y"]
        or other["y"] + other["height"] <= one["y"]
    )


def come_apart(one: Locator, other: Locator) -> bool:
    """Wait until two places have nothing in common: what has just come may still move in."""
    for _ in range(50):
        if apart(box(one), box(other)):
            return True
        one.page.wait_for_timeout(100)
    return False


def scrolled(page: Page) -> float:
    """Return how far the page is scrolled, in pixels, once it has come to rest."""
    page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    return page.evaluate("scrollY")


def at_hand(page: Page, name: str) -> None:
    expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()


def go_down(page: Page, times: int) -> float:
    for number in range(1, times + 1):
        page.keyboard.press("j")
        at_hand(page, f"Story {number:02}")
    return scrolled(page)


@pytest.mark.parametrize("stories", [2, 9])
@pytest.mark.parametrize("end", ["Enter", "Escape"])
def test_tags_typed_by_keys_leave_the_list_and_the_keys_where_they_are(
    list_page: Page, end: str, stories: int
):
    stood = go_down(list_page, stories)
    list_page.keyboard.press("t")
    field = list_page.get_by_label(TAGS)
    expect(field).to_be_focused()
    assert scrolled(list_page) == stood
    for letter in "abc":
        list_page.keyboard.press(letter)
        assert scrolled(list_page) == stood
    list_page.keyboard.press(end)
    if end == "Enter":
        expect(list_page.locator("#toasts")).to_contain_text("Tagged “abc”")
        expect(bar(list_page)).to_be_hidden()
    expect(field).to_be_hidden()
    at_hand(list_page, f"Story {stories:02}")
    assert scrolled(list_page) == stood
    list_page.keyboard.press("j")
    at_hand(list_page, f"Story {stories + 1:02}")


def test_tags_typed_by_mouse_leave_the_list_where_it_is(list_page: Page):
    list_page.mouse.wheel(0, 500)
    expect(list_page.get_by_label("Select Story 05")).to_be_in_viewport()
    list_page.wait_for_timeout(300)
    list_page.get_by_label("Select Story 05").check()
    stood = scrolled(list_page)
    summary = bar(list_page).locator("summary").filter(has_text="Tag")
    before = box(bar(list_page))
    summary.click()
    expect(list_page.get_by_label(TAGS)).to_be_focused()
    list_page.keyboard.type("abc")
    assert scrolled(list_page) == stood
    assert box(bar(list_page)) == before
    list_page.keyboard.press("Escape")
    expect(summary).to_be_focused()
    assert scrolled(list_page) == stood
    summary.click()
    expect(list_page.get_by_label(TAGS)).to_be_focused()
    list_page.keyboard.press("Enter")
    expect(list_page.locator("#toasts")).to_contain_text("Tagged “abc”")
    assert scrolled(list_page) == stood
    list_page.keyboard.press("j")
    at_hand(list_page, "Story 06")
    list_page.keyboard.press("t")
    expect(list_page.get_by_label(TAGS)).to_have_value("")


@pytest.mark.parametrize("name", ["Tag", "Delete"])
def test_a_sheet_opens_above_the_bar_and_lets_it_be(list_page: Page, name: str):
    list_page.get_by_label("Select Story 02").check()
    scrolled(list_page)
    before = box(bar(list_page))
    summary = bar(list_page).locator("summary").filter(has_text=name)
    summary.click()
    sheet = bar(list_page).locator("details[open] > div")
    expect(sheet).to_be_visible()
    assert box(bar(list_page)) == before
    expect(summary).to_be_visible()
    place, size = box(sheet), list_page.viewport_size
    assert size
    assert place["y"] + place["height"] <= before["y"]
    assert place["y"] >= 0
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= size["width"]
    assert place["height"] < 240
    other = "Delete" if name == "Tag" else "Tag"
    bar(list_page).locator("summary").filter(has_text=other).click()
    expect(bar(list_page).locator("details[open] > summary")).to_have_text(other)


def test_messages_stand_above_the_bar(list_page: Page, site: Site, reader: Reader):
    list_page.get_by_label("Select Story 01").check()
    list_page.get_by_role("button", name="Star: Story 02").click()
    toast = list_page.locator(".toast")
    expect(toast).to_have_count(1)
    assert come_apart(toast, bar(list_page))
    bar(list_page).locator("summary").filter(has_text="Tag").click()
    sheet = bar(list_page).locator("details[open] > div")
    scrolled(list_page)
    assert come_apart(toast, sheet)
    assert come_apart(toast, bar(list_page))


def test_messages_stand_above_the_bar_and_the_player(page: Page, site: Site, reader: Reader):
    story = site.story(reader, "Story 01", content="It rained all day.")
    site.track(reader, story, sound("MP3", seconds=20, rate=8000), duration=20.0)
    for width, height in HEIGHTS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto("/news/")
        press_play(page, page.locator(".row"))
        page.get_by_label("Select Story 01").check()
        page.locator(".row [data-mark=f]").click()
        toast = page.locator(".toast").last
        expect(toast).to_be_visible()
        above = [bar(page), page.get_by_role("region", name="Player")]
        if width == 360:
            above.append(page.get_by_role("navigation", name="Main"))
        for place in above:
            assert come_apart(toast, place)
        assert come_apart(bar(page), above[1])


def test_several_ticked_stories_are_asked_about_at_once(list_page: Page):
    for name in ("Story 01", "Story 03"):
        list_page.get_by_label(f"Select {name}").check()
    list_page.get_by_role("link", name="Story 03", exact=True).focus()
    stood = scrolled(list_page)
    list_page.keyboard.press("#")
    question = list_page.get_by_text("Delete the ticked stories for good?")
    expect(question).to_be_focused()
    assert scrolled(list_page) == stood
    list_page.keyboard.press("Escape")
    at_hand(list_page, "Story 03")
    list_page.keyboard.press("#")
    expect(question).to_be_focused()
    list_page.get_by_role("button", name="Yes, delete").press("Enter")
    expect(list_page.locator("#toasts")).to_contain_text("2 stories deleted")
    at_hand(list_page, "Story 04")


def test_one_story_that_is_not_ticked_is_asked_about_alone(list_page: Page):
    go_down(list_page, 1)
    list_page.keyboard.press("#")
    expect(list_page).to_have_title("Delete “Story 01” · Earshot")


def test_the_end_of_the_list_is_not_behind_the_bar(list_page: Page):
    list_page.get_by_label("Select Story 15").check()
    list_page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = list_page.locator(".row").last
    assert box(last)["y"] + box(last)["height"] <= box(bar(list_page))["y"]


def test_buttons_of_a_tag_stand_beside_it_on_a_phone(page: Page, site: Site, reader: Reader):
    page.set_viewport_size({"width": 360, "height": 740})
    site.story(reader, "Story 01")
    page.goto("/news/")
    page.keyboard.press("j")
    page.keyboard.press("t")
    page.keyboard.type("harbour, an uncommonly long name of a tag with many words")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Tagged")
    page.goto("/news/tags")
    for row in page.locator(".tag-row").all():
        middles = [
            box(one)["y"] + box(one)["height"] / 2
            for one in (row.get_by_role("link"), *row.locator("summary").all())
        ]
        assert max(middles) - min(middles) < 6
