"""Getting about without a mouse."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Reader, Site
from tests.browser.steps import has_come

pytestmark = pytest.mark.browser


def test_two_keys_go_to_a_place(page: Page):
    page.goto("/account")
    for key, title in (
        ("n", "News"),
        ("m", "Media"),
        ("a", "Audio"),
        ("f", "Sources"),
        ("h", "What was read aloud"),
        ("u", "Unread news"),
        ("b", "Starred news"),
        ("t", "Tags"),
        ("s", "Account"),
        ("d", "Home"),
    ):
        page.keyboard.press("g")
        page.keyboard.press(key)
        has_come(page, title)


def test_one_key_begins_a_story_and_letters_typed_there_stay_letters(page: Page):
    page.goto("/")
    page.keyboard.press("n")
    headline = page.get_by_label("Headline")
    expect(headline).to_be_focused()
    page.keyboard.type("n/g m?")
    expect(headline).to_have_value("n/g m?")
    expect(page).to_have_title("New story · Earshot")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_list_of_keys_opens_closes_and_gives_the_focus_back(page: Page):
    page.goto("/news/")
    page.get_by_role("link", name="New story").focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_be_visible()
    expect(keys.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("n")
    expect(page).to_have_title("News · Earshot")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(page.get_by_role("link", name="New story")).to_be_focused()


def test_keys_can_be_switched_off_for_good_and_on_again(page: Page):
    page.goto("/")
    page.keyboard.press("?")
    switch = page.get_by_label("Use these keys")
    with page.expect_response("**/account/keys"):
        switch.uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#q")).not_to_be_focused()

    page.locator("details.account summary").click()
    page.get_by_role("button", name="Keyboard").click()
    expect(switch).not_to_be_checked()
    switch.check()
    page.keyboard.press("Escape")
    expect(page.locator("details.account summary")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_the_first_tab_offers_to_skip_to_the_page(page: Page):
    page.goto("/news/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#page")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#q")).to_be_focused()


def test_a_page_that_came_by_a_link_starts_with_its_top(page: Page, site: Site, reader: Reader):
    site.story(reader, "Rain at noon")
    page.goto("/news/")
    page.get_by_role("link", name="Rain at noon").focus()
    page.keyboard.press("Enter")
    has_come(page, "Rain at noon")
    page.keyboard.press("Tab")
    expect(page.locator("#page a").first).to_be_focused()


def test_a_menu_closes_by_escape_and_gives_the_focus_back(page: Page):
    page.goto("/")
    summary = page.locator("details.account summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".account__sheet")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator(".account__sheet")).to_be_hidden()
    expect(summary).to_be_focused()
