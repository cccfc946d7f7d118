"""When the network goes, or the session does."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import samples
from tests.browser.site import Reader, Site
from tests.browser.steps import drop, go_to, has_come, sign_in
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


def sign_in_again(page: Page, reader: Reader) -> None:
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("E-mail").fill(reader.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/login" not in address)


def test_without_a_network_a_notice_says_so_and_the_page_stays(page: Page, context: BrowserContext):
    page.goto("/news/")
    context.set_offline(True)
    page.get_by_role("link", name="Media").click()
    notice = page.get_by_role("alert").filter(has_text="Earshot can't be reached right now.")
    expect(notice).to_be_visible()
    expect(page.get_by_role("heading", name="News", level=1)).to_be_visible()

    context.set_offline(False)
    go_to(page, "Media")
    expect(notice).to_have_count(0)


def test_without_a_network_a_story_stays_in_its_form(page: Page, context: BrowserContext):
    page.goto("/news/new")
    page.get_by_label("Headline").fill("Sent into the void")
    page.get_by_label("Story", exact=True).fill("It came back.")
    context.set_offline(True)
    page.get_by_role("button", name="Save story").click()
    expect(
        page.get_by_role("alert").filter(has_text="what you typed is still here")
    ).to_be_visible()
    expect(page.get_by_label("Headline")).to_have_value("Sent into the void")

    context.set_offline(False)
    page.get_by_role("button", name="Save story").click()
    has_come(page, "Sent into the void")


def test_a_file_that_could_not_be_sent_is_sent_again_on_request(
    page: Page, context: BrowserContext
):
    page.goto("/media/")
    context.set_offline(True)
    drop(page, ("boat.png", samples.image()))
    row = page.locator(".drop__file")
    expect(row).to_contain_text("boat.png could not be sent: the connection broke.")
    context.set_offline(False)
    row.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-sending-words]")).to_have_text("1 of 1 uploaded")
    expect(page.locator(".asset")).to_have_count(1)


def test_a_session_ended_elsewhere_leads_to_sign_in_and_back(
    page: Page, new_context, reader: Reader
):
    other = new_context()
    sign_in(other, reader)
    account = other.new_page()
    account.goto("/account")
    page.goto("/news/")
    account.get_by_role("button", name="Sign out everywhere else").click()
    expect(account.locator("[data-toast]")).to_be_visible()
    page.get_by_role("link", name="Media").click()
    expect(page).to_have_url(re.compile(r"/login\?next="))
    expect(page.get_by_text("Your session has ended. Sign in to go on.")).to_be_visible()
    sign_in_again(page, reader)
    expect(page).to_have_url(re.compile("/media/$"))
    expect(page.get_by_role("heading", name="Media", level=1)).to_be_visible()


def test_a_story_sent_after_the_session_ended_is_there_again_after_signing_in(
    page: Page, site: Site, reader: Reader
):
    page.goto("/news/new")
    page.get_by_label("Headline").fill("Nearly lost")
    page.get_by_label("Story", exact=True).fill("It was kept.")
    site.end_sessions(reader)
    page.get_by_role("button", name="Save story").click()
    expect(page.get_by_text("You were signed out. Sign in and send it again.")).to_be_visible()
    sign_in_again(page, reader)
    expect(page).to_have_url(re.compile("/news/new$"))
    expect(page.get_by_text("We kept what you typed.")).to_be_visible()
    page.get_by_role("button", name="Save story").click()
    has_come(page, "Nearly lost")


def test_a_file_sent_after_the_session_ended_says_what_to_do(
    page: Page, site: Site, reader: Reader
):
    page.goto("/media/")
    site.end_sessions(reader)
    drop(page, ("boat.png", samples.image()))
    expect(page.locator(".drop__file")).to_contain_text(
        "because you were signed out. Sign in again"
    )
