"""Going to and fro: every page is as one left it."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.browser.site import Reader, Site
from tests.browser.steps import has_come

pytestmark = pytest.mark.browser


def test_back_from_a_found_story_shows_the_search_as_it_was(page: Page, site: Site, reader: Reader):
    site.story(reader, "Storm takes the old lighthouse")
    site.story(reader, "Rain at noon")
    page.goto("/news/")
    page.locator("#q").fill("lighthouse")
    expect(page.locator("#announce")).to_have_text("1 story matches “lighthouse”")
    page.locator("#news-list").get_by_role("link", name="Storm").click()
    has_come(page, "Storm takes the old lighthouse")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/news/\?q=lighthouse$"))
    expect(page.locator("#news-list mark")).to_have_text("lighthouse")
    expect(page.locator("#q")).to_have_value("lighthouse")
    page.get_by_role("link", name="Clear the search").click()
    has_come(page, "News")
    expect(page.locator("#news-list article")).to_have_count(2)


def test_nothing_found_says_how_search_works(page: Page):
    page.goto("/")
    page.locator("#q").fill("unheard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing matches “unheard”")).to_be_visible()
    expect(page.locator("#news-list")).to_contain_text("Put a phrase in quotes")


def test_older_stories_come_in_place_and_back_returns_to_the_same_height(
    page: Page, site: Site, reader: Reader
):
    for number in range(22):
        site.story(reader, f"Story {number}")
    page.goto("/news/")
    page.locator("#news-list").get_by_role("link", name="Story 5", exact=True).click()
    has_come(page, "Story 5")
    assert page.evaluate("scrollY") == 0
    page.go_back()
    has_come(page, "News")
    expect(page.get_by_role("link", name="Story 5", exact=True)).to_be_in_viewport()

    page.get_by_role("link", name="Older stories").click()
    expect(page.locator("#news-list article")).to_have_count(22)
    expect(page).to_have_url(re.compile("/news/$"))
    expect(page.get_by_role("link", name="Older stories")).to_have_count(0)


def test_of_pages_wanted_in_quick_succession_the_last_one_stays(page: Page):
    page.goto("/news/")
    for name in ("Media", "Audio"):
        page.get_by_role("link", name=name, exact=True).first.click()
        has_come(page, name)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("/media/$"), hold)
    with page.expect_request(re.compile("/media/$")):
        page.evaluate("history.back()")
    page.evaluate("history.forward()")
    expect(page).to_have_url(re.compile("/audio/$"))
    has_come(page, "Audio")
    for route in held:
        with suppress(Error):
            route.continue_()
    page.unroute_all()
    # Time for an answer that comes too late.
    page.wait_for_timeout(600)
    has_come(page, "Audio")
    expect(page).to_have_title("Audio · Earshot")


def test_a_page_that_is_not_there_says_so_and_leads_back(page: Page):
    page.goto("/nowhere")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    page.get_by_role("link", name="Go to the front page").click()
    expect(page).to_have_title("Home · Earshot")


def test_a_link_to_a_story_deleted_meanwhile_says_so(page: Page, site: Site, reader: Reader):
    story = site.story(reader, "Soon gone")
    page.goto("/news/")
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    page.request.post(f"/news/{story}/delete", form={"csrf_token": token})
    page.get_by_role("link", name="Soon gone").click()
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/news/{story}$"))
