"""An admin looks after subscriptions in the browser, and a reader sees what came of it."""

import csv
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from models import Role
from tests.browser.site import Reader, Site
from tests.browser.steps import go_to, sign_in
from tests.factories import make_user
from tests.subscribed import DAY, NOW, subscribe

pytestmark = pytest.mark.browser


@pytest.fixture
def admin(site: Site, context: BrowserContext) -> Page:
    """Return a page of an admin."""
    with site.inside():
        user = make_user(role=Role.ADMIN)
        boss = Reader(user.id, user.email)
    sign_in(context, boss)
    return context.new_page()


def test_an_admin_finds_upgrades_extends_cancels_and_exports(
    site: Site, admin: Page, reader: Reader, context: BrowserContext
) -> None:
    admin.goto("/")
    go_to(admin, "Subscriptions")
    admin.get_by_label("Search by e-mail").fill(reader.email.upper())
    name = admin.get_by_role("link", name=reader.email, exact=True)
    expect(name).to_have_count(1)
    expect(admin).to_have_url(re.compile(r"q=READER"))

    admin.get_by_role("link", name="New", exact=True).click()
    email = admin.get_by_label("E-mail", exact=True)
    expect(email).to_be_focused()
    email.fill(reader.email)
    admin.get_by_label("Plan").select_option("pro")
    admin.get_by_label("Start date").fill((NOW - DAY).date().isoformat())
    admin.get_by_label("End date").fill((NOW + 40 * DAY).date().isoformat())
    admin.get_by_role("button", name="Save subscription").click()
    state = admin.locator("h1 + p [data-state]")
    expect(state).to_have_text(re.compile("^Active until"))
    before = state.inner_text()

    admin.locator("summary", has_text="Extend").click()
    admin.get_by_text("3 months").click()
    admin.get_by_role("button", name="Extend").click()
    expect(state).not_to_have_text(before)
    admin.locator("summary", has_text="Cancel").click()
    admin.get_by_label("At its end").check()
    admin.get_by_role("button", name="Yes, cancel").click()
    expect(state).to_have_text(re.compile("^Access until"))
    expect(admin.locator(".timeline__event")).to_have_count(3)

    go_to(admin, "Subscriptions")
    admin.get_by_label("Search by e-mail").fill(reader.email)
    expect(admin).to_have_url(re.compile(r"q=reader"))
    admin.locator("summary", has_text="State").click()
    admin.get_by_role("link", name="Cancelled, runs on").click()
    expect(admin.locator(".table__name")).to_have_count(1)
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Export 1 as CSV").click()
    (line,) = csv.DictReader(Path(download.value.path()).read_text().splitlines())
    assert (line["email"], line["plan"], line["state"]) == (reader.email, "pro", "cancelled")
    assert (line["status"], line["end_date"] > (NOW + 90 * DAY).isoformat()) == ("cancelled", True)

    context.clear_cookies()
    sign_in(context, reader)
    admin.goto("/subscriptions/")
    expect(admin.get_by_role("heading", level=1)).to_have_text("Your subscription")
    expect(admin.locator(".plan__name")).to_have_text("Pro")


def test_many_are_ticked_and_the_buttons_name_the_number(site: Site, admin: Page) -> None:
    with site.inside():
        for number in range(3):
            subscribe(make_user(f"many{number}@bulk.test"), end=NOW + 20 * DAY)
    admin.goto("/subscriptions/?q=bulk.test&plan=pro")
    bar = admin.get_by_role("group", name="Selected rows")
    expect(bar).to_be_hidden()
    boxes = admin.locator("[data-select-row]")
    boxes.first.check()
    expect(bar.get_by_role("button", name="Extend 1")).to_be_visible()
    boxes.last.click(modifiers=["Shift"])
    expect(bar.get_by_role("button", name="Extend 3")).to_be_visible()
    boxes.first.uncheck()
    expect(bar.get_by_text("2 selected")).to_be_visible()
    admin.get_by_label("All 3 filtered").check()
    bar.get_by_role("button", name="Cancel all 3").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Cancel 3 subscriptions?")
    admin.get_by_role("button", name="Cancel 3 subscriptions").click()
    expect(admin.get_by_text("Cancelled 3 subscriptions.")).to_be_visible()
    expect(admin.locator("[data-state=ended]")).to_have_count(3)


def test_a_file_is_looked_at_and_imported(admin: Page, reader: Reader) -> None:
    admin.goto("/subscriptions/import")
    body = f"email,plan,start_date\n{reader.email},enterprise,2026-01-01\nnobody@x.test,pro,x\n"
    file = {"name": "new.csv", "mimeType": "text/csv", "buffer": body.encode()}
    admin.get_by_label("CSV file").set_input_files([{**file, "buffer": b"no,heading\n"}])
    admin.get_by_role("button", name="Look at the file").click()
    expect(admin.get_by_text("The first line must name the columns")).to_be_visible()
    admin.get_by_label("CSV file").set_input_files([file])
    admin.get_by_role("button", name="Look at the file").click()
    expect(admin.get_by_text("The start_date is written like 2026-11-30.")).to_be_visible()
    admin.get_by_role("button", name="Import 1 line").click()
    expect(admin.get_by_text("Imported 1 subscription.")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1440])
def test_the_pages_fit_and_are_open_to_everyone(
    site: Site, admin: Page, reader: Reader, width: int
) -> None:
    with site.inside():
        row = subscribe(reader, end=NOW + 20 * DAY)
        address = f"/subscriptions/{row.id}"
    admin.set_viewport_size({"width": width, "height": 800})
    for path in ("/subscriptions/", "/subscriptions/new", address, f"{address}/edit"):
        admin.goto(path)
        assert admin.evaluate("document.documentElement.scrollWidth") <= width, path
        found = Axe().run(admin)
        assert found.violations_count == 0, (path, found.generate_report())
