"""An admin looks after people: finds, suspends, restores, helps and deletes, and reads it all again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from extensions import db
from models import Role, User
from tests.browser.site import Reader, Site
from tests.browser.steps import go_to, has_come, sign_in
from tests.browser.test_look import is_fit

pytestmark = pytest.mark.browser


@pytest.fixture
def admin(site: Site, reader: Reader, page: Page) -> Page:
    """Return a page of somebody who has just been made an admin."""
    with site.inside():
        db.session.get(User, reader.id).role = Role.ADMIN
        db.session.commit()
    return page


def event(page: Page, words: str) -> None:
    expect(page.locator(".timeline")).to_contain_text(words)


def test_an_admin_looks_after_somebody_from_the_first_search_to_the_last_entry(
    site: Site,
    admin: Page,
    reader: Reader,
    new_context: Callable[..., BrowserContext],
):
    somebody = site.reader()
    site.story(somebody, "The ferry sails again")
    elsewhere = new_context()
    sign_in(elsewhere, somebody)
    theirs = elsewhere.new_page()
    theirs.goto("/news/")
    expect(theirs.get_by_role("link", name="The ferry sails again")).to_be_visible()

    admin.goto("/")
    go_to(admin, "People")
    admin.get_by_role("searchbox", name="Search by e-mail").press_sequentially(somebody.email)
    expect(admin.locator("#table tbody tr")).to_have_count(1)
    expect(admin).to_have_url(re.compile(r"q="))
    admin.get_by_role("link", name=somebody.email).click()
    expect(admin.get_by_role("heading", level=1)).to_have_text(somebody.email)
    expect(admin.locator("body")).not_to_contain_text("The ferry sails again")

    admin.locator("summary", has_text="Suspend").click()
    admin.get_by_role("button", name="Suspend").click()
    expect(admin.locator(".field__error")).to_have_text("Say why, for the other admins.")
    admin.get_by_label("Reason").fill("Sends spam")
    admin.get_by_role("button", name="Suspend").click()
    expect(admin.locator("#toasts")).to_contain_text("is suspended and signed out everywhere")
    event(admin, "Sends spam")
    theirs.reload()
    expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()

    admin.locator("summary", has_text="Restore").click()
    admin.get_by_role("button", name="Restore").click()
    event(admin, "Restored the account")
    sign_in(elsewhere, somebody)

    admin.get_by_role("button", name="Send reset link").click()
    link = admin.get_by_label(f"Link for {somebody.email}")
    expect(link).to_have_value(re.compile(r"/reset/"))
    admin.reload()
    expect(link).to_have_count(0)

    admin.get_by_role("link", name="Delete…").click()
    expect(admin.locator(".held")).to_contain_text("story")
    admin.get_by_role("button", name="Delete for good").click()
    expect(admin.locator(".field__error")).to_contain_text("to go on")
    admin.get_by_label("to go on").fill(somebody.email)
    admin.get_by_role("button", name="Delete for good").click()
    expect(admin.locator("#toasts")).to_contain_text(f"{somebody.email} is deleted")
    theirs.reload()
    expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()

    go_to(admin, "Audit log")
    admin.get_by_label("Whom").fill(somebody.email)
    admin.get_by_role("button", name="Filter").click()
    log = admin.locator(".log")
    expect(log.locator(".entry")).to_have_count(4)
    for words in (
        "Suspended the account",
        "Sends spam",
        "Restored the account",
        "Sent a link to set a new password",
        "Deleted the account with everything in it",
        reader.email,
    ):
        expect(log).to_contain_text(words)
    expect(admin.get_by_role("link", name="Export 4 as CSV")).to_be_visible()


def test_an_admin_invites_somebody_who_comes(
    admin: Page, new_context: Callable[..., BrowserContext]
):
    admin.goto("/users/")
    admin.get_by_role("link", name="Invite").click()
    has_come(admin, "Invitations")
    address = "guest@earshot.test"
    admin.get_by_label("E-mail", exact=True).fill(address)
    admin.get_by_role("button", name="Make a link").click()
    link = admin.get_by_label(f"Link for {address}").input_value()
    guest = new_context().new_page()
    guest.goto("/register?" + link.partition("?")[2])
    guest.get_by_label("Password", exact=True).fill("a few good words")
    guest.get_by_role("button", name="Create account").click()
    expect(guest.locator("#toasts")).to_contain_text("Your account is ready")
    admin.reload()
    expect(admin.locator(".invitation", has_text=address)).to_have_count(0)


def test_the_pages_of_admins_are_fit_for_everyone(site: Site, admin: Page, reader: Reader):
    somebody = site.reader()
    site.story(somebody, "The ferry sails again")
    admin.goto(f"/users/{somebody.id}")
    admin.get_by_role("button", name="Send reset link").click()
    expect(admin.locator(".once")).to_be_visible()
    for path in (
        "/users/",
        f"/users/?q={somebody.email}&state=active",
        f"/users/{somebody.id}",
        f"/users/{reader.id}",
        f"/users/{somebody.id}/delete",
        "/users/invitations",
        "/audit/",
        "/account/delete",
    ):
        is_fit(admin, path)
