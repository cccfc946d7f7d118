"""Reading states, ticked stories, tags and keys, in a real browser."""

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from extensions import db
from models import NewsStory
from tests.browser.site import Reader, Site
from tests.browser.steps import has_come, is_playing, sign_in
from tests.factories import START
from tests.samples import sound

pytestmark = pytest.mark.browser


@pytest.fixture
def stories(site: Site, reader: Reader) -> list[str]:
    """Keep three stories; the last one is the newest."""
    names = ["Rain at noon", "Trams return", "Eels are counted"]
    for name in names:
        site.story(reader, name)
    return names


def row(page: Page, name: str) -> Locator:
    return page.locator(".row").filter(has=page.get_by_role("heading", name=name))


def unread(page: Page, count: str) -> None:
    expect(page.locator("#unread-rail [aria-hidden]")).to_have_text(count)


def state(site: Site, reader: Reader, name: str) -> tuple[bool, bool, bool]:
    with site.inside():
        story = db.session.query(NewsStory).filter_by(user_id=reader.id, headline=name).one()
        return bool(story.read_at), bool(story.starred_at), bool(story.archived_at)


def test_opening_a_story_marks_it_as_read_and_its_button_takes_that_back(
    page: Page, site: Site, reader: Reader, stories
):
    page.goto("/news/")
    unread(page, "3")
    page.get_by_role("link", name="Trams return").click()
    has_come(page, "Trams return")
    expect(page.get_by_role("button", name="Mark as unread")).to_be_visible()
    unread(page, "2")
    page.get_by_role("button", name="Mark as unread").click()
    unread(page, "3")
    expect(page.get_by_role("button", name="Mark as read")).to_be_focused()
    assert state(site, reader, "Trams return") == (False, False, False)


def test_a_page_fetched_in_the_background_marks_nothing(page: Page, site: Site, reader, stories):
    page.goto("/news/")
    address = row(page, "Trams return").get_by_role("link").first.get_attribute("href")
    assert page.request.get(address or "").ok
    assert state(site, reader, "Trams return") == (False, False, False)


def test_star_and_archive_in_the_list_and_undo(page: Page, site: Site, reader: Reader, stories):
    page.goto("/news/")
    star = row(page, "Eels").get_by_role("button", name=re.compile("^Star"))
    star.focus()
    page.keyboard.press("Enter")
    taken = row(page, "Eels").get_by_role("button", name=re.compile("^Unstar"))
    expect(taken).to_be_focused()
    expect(page.get_by_text("Starred.", exact=True)).to_be_visible()
    row(page, "Rain").get_by_role("button", name=re.compile("^Archive")).click()
    expect(page.get_by_text("Archived.", exact=True)).to_be_visible()
    unread(page, "2")
    assert state(site, reader, "Rain at noon") == (False, False, True)
    toast = page.locator(".toast").filter(has_text="Archived.")
    toast.get_by_role("button", name="Undo").click()
    unread(page, "3")
    expect(toast).to_have_count(0)
    assert state(site, reader, "Rain at noon") == (False, False, False)
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Starred").click()
    has_come(page, "Starred news")
    expect(page.locator(".row")).to_have_count(1)


def test_an_undo_works_on_a_page_without_the_story(page: Page, site: Site, reader, stories):
    page.goto("/news/")
    row(page, "Rain").get_by_role("button", name=re.compile("^Star")).click()
    toast = page.locator(".toast").filter(has_text="Starred.")
    toast.hover()
    page.keyboard.press("g")
    page.keyboard.press("m")
    has_come(page, "Media")
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_have_count(0)
    assert state(site, reader, "Rain at noon") == (False, False, False)


def test_ticked_stories_are_marked_tagged_and_deleted(page: Page, site: Site, reader, stories):
    page.goto("/news/")
    bar = page.get_by_role("form", name="Selected stories")
    expect(bar).to_be_hidden()
    row(page, "Rain").get_by_role("checkbox").check()
    page.get_by_label("Select all shown").check()
    expect(bar).to_contain_text("3 selected")
    row(page, "Eels").get_by_role("checkbox").uncheck()
    bar.get_by_role("button", name="Mark as read", exact=True).click()
    unread(page, "1")
    expect(bar).to_be_hidden()
    expect(page.get_by_text("2 stories marked as read.")).to_be_visible()

    row(page, "Eels").get_by_role("checkbox").check()
    bar.locator("summary", has_text="Tag").click()
    bar.get_by_label("Tags, with commas between them").fill("rivers, fish")
    page.keyboard.press("Enter")
    expect(row(page, "Eels").get_by_role("link", name="rivers")).to_be_visible()
    assert state(site, reader, "Eels are counted") == (False, False, False)

    row(page, "Rain").get_by_role("checkbox").check()
    bar.locator("summary", has_text="Delete").click()
    expect(bar.get_by_text("for good?")).to_be_focused()
    page.keyboard.press("Escape")
    expect(row(page, "Rain")).to_be_visible()
    bar.locator("summary", has_text="Delete").click()
    bar.get_by_role("button", name="Yes, delete").click()
    expect(row(page, "Rain")).to_have_count(0)
    expect(page.locator(".row")).to_have_count(2)
    expect(page.get_by_text("1 story deleted.")).to_be_visible()


def test_all_is_marked_as_read_and_undone_without_leaving(page: Page, stories):
    page.goto("/news/?view=unread")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("heading", name="you’re done")).to_be_visible()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".row")).to_have_count(3)
    unread(page, "3")


def test_filters_and_search_keep_each_other(page: Page, site: Site, reader: Reader, stories):
    site.story(reader, "Trams leave", starred_at=START)
    page.goto("/news/?view=starred")
    page.keyboard.press("/")
    page.keyboard.type("trams")
    expect(page).to_have_url(re.compile("q=trams"))
    expect(page.locator(".row")).to_have_count(1)
    page.get_by_role("navigation", name="Views").get_by_role("link", name="All").click()
    has_come(page, "“trams” in news")
    expect(page.locator(".row")).to_have_count(2)
    page.locator(".filter-menu summary").click()
    page.get_by_label("Kept from").fill("2026-01-01")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile(r"/news/\?q=trams&since=2026-01-01$"))
    page.get_by_role("link", name="Remove the filter From 2026-01-01").click()
    expect(page).to_have_url(re.compile(r"/news/\?q=trams$"))


def test_tags_of_a_story_are_typed_and_taken_off(page: Page, stories):
    page.goto("/news/")
    page.get_by_role("link", name="Trams return").click()
    has_come(page, "Trams return")
    page.keyboard.press("t")
    page.keyboard.type("city, 交通")
    page.keyboard.press("Enter")
    tags = page.get_by_role("region", name="Tags")
    expect(tags.get_by_role("link")).to_have_text(["city", "交通"])
    expect(page.get_by_label("Add tags")).to_be_focused()
    tags.get_by_role("button", name="Take off the tag city").click()
    expect(tags.get_by_role("link")).to_have_text(["交通"])
    page.get_by_label("Add tags").fill("x" * 60)
    page.keyboard.press("Enter")
    expect(tags.get_by_text("within 50 characters")).to_be_visible()
    expect(page.get_by_label("Add tags")).to_have_value("x" * 60)


def test_a_button_that_has_just_come_with_an_answer_does_not_load_the_page(
    page: Page, site: Site, reader: Reader, stories
):
    page.goto("/news/")
    asked: list[str] = []
    page.on(
        "request",
        lambda one: asked.append(one.resource_type) if one.method == "POST" else None,
    )
    # As soon as the buttons of the story are there, before anything else happens.
    row(page, "Eels").evaluate(
        """(row) => new MutationObserver((_, watch) => {
          watch.disconnect();
          row.querySelector("[data-mark=f]").click();
        }).observe(row, { childList: true, subtree: true })"""
    )
    row(page, "Eels").locator("[data-mark=m]").click()
    expect(page.get_by_text("Starred.", exact=True)).to_be_visible()
    assert asked == ["xhr", "xhr"]
    assert state(site, reader, "Eels are counted") == (True, True, False)


def test_the_list_is_walked_and_worked_by_keys(page: Page, site: Site, reader: Reader, stories):
    page.goto("/news/")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Eels are counted")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Trams return")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("f")
    expect(page.get_by_text("Starred.", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Eels are counted")).to_be_focused()
    page.keyboard.press("m")
    unread(page, "2")
    expect(page.get_by_text("Marked as read.", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Eels are counted")).to_be_focused()
    page.keyboard.press("x")
    expect(row(page, "Eels").get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("x")
    page.keyboard.press("e")
    expect(page.get_by_text("Archived.", exact=True)).to_be_visible()
    assert state(site, reader, "Eels are counted") == (True, True, True)
    page.keyboard.press("o")
    has_come(page, "Eels are counted")
    page.keyboard.press("j")
    has_come(page, "Trams return")
    page.keyboard.press("k")
    has_come(page, "Eels are counted")
    page.keyboard.press("#")
    expect(page.get_by_text("Delete this story?")).to_be_focused()


def test_the_list_a_story_was_opened_from_is_walked_and_returned_to(page: Page, site, reader):
    for name, starred in (("A", START), ("B", None), ("C", START)):
        site.story(reader, f"{name} story", starred_at=starred)
    page.goto("/news/?view=starred")
    page.keyboard.press("j")
    page.keyboard.press("o")
    has_come(page, "C story")
    page.keyboard.press("j")
    has_come(page, "A story")
    page.keyboard.press("j")
    expect(page).to_have_title("A story · Earshot")
    page.locator(".crumb").click()
    has_come(page, "Starred news")


def test_the_original_opens_in_a_new_tab(page: Page, context: BrowserContext, site, reader):
    site.story(reader, "Rain at noon", source_url=f"{site.address}/healthz?story")
    page.goto("/news/")
    page.keyboard.press("j")
    with context.expect_page() as opened:
        page.keyboard.press("v")
    expect(opened.value).to_have_url(re.compile("healthz"))


def test_keys_leave_fields_and_modifiers_alone(page: Page, site: Site, reader: Reader, stories):
    page.goto("/news/")
    page.locator("#q").focus()
    page.keyboard.type("jkmfe#")
    expect(page.locator("#q")).to_have_value("jkmfe#")
    page.goto("/news/")
    page.keyboard.press("j")
    for key in ("Control+m", "Alt+m", "Meta+m"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert state(site, reader, "Eels are counted") == (False, False, False)


def test_the_switch_on_the_account_page_turns_the_keys_off(page: Page, stories):
    page.goto("/account")
    page.get_by_label("Use single keys").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto("/news/")
    for key in ("j", "?", "/"):
        page.keyboard.press(key)
    expect(page.locator("#q")).not_to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Eels are counted")).not_to_be_focused()


def test_hearing_a_story_to_its_end_marks_it_as_read(page: Page, site: Site, reader: Reader):
    story = site.story(reader, "Rain at noon")
    site.track(reader, story, sound("MP3", seconds=4, rate=8000), duration=4.0)
    page.goto("/news/")
    row(page, "Rain").get_by_role("button", name="Listen").click()
    is_playing(page, after=0)
    page.wait_for_function("() => document.querySelector('[data-audio]').ended")
    for _ in range(50):
        if state(site, reader, "Rain at noon")[0]:
            break
        page.wait_for_timeout(100)
    page.goto("/news/?view=unread")
    expect(page.get_by_role("heading", name="you’re done")).to_be_visible()


def test_without_scripts_ticked_stories_go_as_a_form(new_context, site, reader, stories):
    context = new_context(java_script_enabled=False)
    sign_in(context, reader)
    page = context.new_page()
    page.goto("/news/")
    row(page, "Rain").get_by_role("checkbox").check()
    row(page, "Eels").get_by_role("checkbox").check()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text("2 stories archived.")).to_be_visible()
    assert state(site, reader, "Eels are counted") == (False, False, True)
    row(page, "Trams").get_by_role("button", name=re.compile("^Mark as read")).click()
    expect(page.get_by_text("Marked as read.")).to_be_visible()
    assert state(site, reader, "Trams return") == (True, False, False)
    context.close()


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_is_wider_than_the_screen(page: Page, site: Site, reader: Reader, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    site.story(reader, "A" * 200)
    page.goto("/news/")
    page.locator("[data-select-row]").check()
    for path in ("/news/?view=unread&audio=without&since=2026-01-01", "/news/tags", "/account"):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_tag_for_ticked_stories_is_typed_at_once(page: Page, stories):
    page.goto("/news/")
    row = page.locator(".row, .lead").filter(has_text="Trams return").first
    row.get_by_role("link", name="Trams return").focus()
    page.keyboard.press("t")
    expect(page.get_by_label("Tags, with commas between them")).to_be_focused()
    page.keyboard.type("efx")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Tagged “efx”")
    page.goto("/news/tags")
    expect(page.get_by_role("link", name="efx")).to_be_visible()
    page.goto("/news/")
    page.locator("[data-select-row]").first.check()
    page.locator("#bulk summary").filter(has_text="Tag").click()
    expect(page.get_by_label("Tags, with commas between them")).to_be_focused()
