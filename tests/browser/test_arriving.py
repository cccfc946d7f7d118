"""Programs get in by tokens, and articles come in from other sites."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from config import Settings
from tests.browser.site import Reader, Site, served
from tests.browser.steps import has_come, sign_in
from tests.browser.test_look import TOO_WIDE, no_violations
from tests.samples import photo
from tests.servers.web import Web, reply, serving
from tests.services.test_saving import PAGE, TEXT

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Web]:
    """Run another site, with an article."""
    with serving() as site:
        site.pages["/story"] = reply(PAGE, type="text/html; charset=utf-8")
        site.pages["/lead.jpg"] = reply(photo((640, 480)), type="image/jpeg")
        site.pages["/reading"] = reply("<!doctype html><title>Reading</title><h1>Reading</h1>")
        yield site


@pytest.fixture(scope="module")
def open_site(
    new_database: Callable[[str], str], make_settings: Callable[..., Settings], elsewhere: Web
) -> Iterator[Site]:
    """Serve a site that may fetch from the other one."""

    def settings(**changes: object) -> Settings:
        return make_settings(fetch_allowed_hosts=elsewhere.place, **changes)

    with served("arriving", new_database, settings) as running:
        yield running


@pytest.fixture
def someone(open_site: Site) -> Reader:
    return open_site.reader()


@pytest.fixture
def page(
    open_site: Site,
    someone: Reader,
    browser: Browser,
    browser_context_args: dict,
    watch: Callable[[BrowserContext], BrowserContext],
) -> Iterator[Page]:
    """Return a page of somebody who is signed in at that site."""
    context = watch(browser.new_context(**browser_context_args | {"base_url": open_site.address}))
    sign_in(context, someone)
    yield context.new_page()
    context.close()


def test_a_token_is_made_used_and_revoked(page: Page, open_site: Site):
    page.goto("/account")
    page.get_by_role("link", name="API tokens").click()
    has_come(page, "API tokens")
    page.get_by_label("Name").fill("Laptop script")
    page.get_by_label("Write, mark, tag and delete stories; follow and leave sources").check()
    page.get_by_role("button", name="Make token").click()
    field = page.get_by_label("Secret of “Laptop script”")
    secret = field.input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name=re.compile("Copied|Press Ctrl"))).to_be_visible()
    no_violations(page)
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate(TOO_WIDE) == []

    def keep() -> int:
        sent = httpx.post(
            f"{open_site.address}/api/v1/stories",
            json={"headline": "By a program", "content": "Kept."},
            headers={"Authorization": f"Bearer {secret}"},
            timeout=30,
        )
        return sent.status_code

    assert keep() == 201
    page.goto("/account/tokens")
    expect(page.get_by_text("Used just now")).to_be_visible()
    assert secret not in page.content()
    page.locator("summary", has_text="Revoke").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()
    assert keep() == 401
    page.goto("/news/")
    expect(page.get_by_role("link", name="By a program")).to_be_visible()


def test_an_article_is_saved_after_a_look_at_it(page: Page, elsewhere: Web):
    page.goto("/news/new")
    page.get_by_role("link", name="Paste an address").click()
    expect(page.get_by_label("Address")).to_be_focused()
    page.get_by_label("Address").fill(elsewhere.url("/story"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Headline")).to_have_value("The harbour is closed")
    expect(page.get_by_alt_text("Picture of the article")).to_be_visible()
    width = "document.querySelector('.save__picture img').naturalWidth"
    page.wait_for_function(f"{width} > 0")
    no_violations(page)
    page.get_by_label("Headline").fill("The harbour was closed")
    page.get_by_role("button", name="Save story").click()
    has_come(page, "The harbour was closed")
    expect(page.get_by_text(TEXT).first).to_be_visible()
    page.goto(f"/news/save?url={elsewhere.url('/story')}")
    page.get_by_role("link", name="The harbour was closed").click()
    has_come(page, "The harbour was closed")


def test_what_cannot_be_fetched_is_written_by_hand_with_its_address(page: Page, elsewhere: Web):
    address = elsewhere.url("/nowhere")
    page.goto(f"/news/save?url={address}")
    expect(page.get_by_role("button", name="Fetch")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="nothing at this address")).to_be_visible()
    page.get_by_role("link", name="Write it by hand").click()
    expect(page.get_by_label("Headline")).to_be_focused()
    expect(page.get_by_label("Source address")).to_have_value(address)


def test_the_bookmarklet_brings_the_page_that_is_open(page: Page, open_site: Site, elsewhere: Web):
    page.goto("/account")
    mark = page.get_by_role("link", name="Save to Earshot")
    script = mark.get_attribute("href")
    assert script
    assert script.startswith("javascript:")
    mark.click()
    expect(page.get_by_text("drag it to your bookmarks bar first")).to_be_visible()
    asked = elsewhere.times("/reading")
    page.goto(elsewhere.url("/reading"))
    # The settings of tests name no port.
    script = script.replace("http://localhost", open_site.address)
    page.evaluate(script.removeprefix("javascript:"))
    page.wait_for_url(re.compile("/news/save"))
    expect(page.get_by_label("Address")).to_have_value(elsewhere.url("/reading"))
    assert elsewhere.times("/reading") == asked + 1
