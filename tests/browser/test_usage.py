"""Usage: an admin looks at everybody's numbers and charts, a reader at their own year."""

import csv
import re
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Download, Page, expect
from sqlalchemy import text

from extensions import db
from models import Plan, Role, Subscription
from queries.periods import today
from services import usage
from tests.browser.site import Reader, Site
from tests.browser.steps import go_to, has_come, sign_in
from tests.browser.test_look import is_fit
from tests.factories import make_asset, make_story, make_user

pytestmark = pytest.mark.browser

_words = count(1)


@pytest.fixture
def furnished(site: Site) -> str:
    """Make people whose names share a word, of whom one is on Pro; return the word."""
    word = f"crew-{next(_words)}"
    with site.inside():
        for number in range(3):
            user = make_user(f"{word}-{number}@earshot.test")
            if number == 2:
                row = db.session.query(Subscription).filter_by(user_id=user.id).one()
                row.plan = Plan.PRO
            for _ in range(number + 1):
                make_asset(user, make_story(user), byte_size=1_000_000)
            usage.record(user.id, "played", 3600 * (number + 1))
            usage.record(user.id, "narrated", 1200)
            usage.record(user.id, "story_created")
        db.session.commit()
    return word


@pytest.fixture
def admin(site: Site, context: BrowserContext) -> Page:
    """Return a page of an admin, who is signed in."""
    with site.inside():
        user = make_user(role=Role.ADMIN)
        who = Reader(user.id, user.email)
    sign_in(context, who)
    return context.new_page()


def rows_of(download: Download, folder: Path) -> list[list[str]]:
    path = folder / download.suggested_filename
    download.save_as(path)
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_an_admin_finds_sorts_filters_and_takes_the_statistics_along(
    admin: Page, furnished: str, tmp_path: Path
):
    admin.goto("/")
    go_to(admin, "Usage")
    admin.get_by_label("Search by e-mail").fill(furnished)
    body = admin.locator("#table tbody")
    expect(body.locator("tr")).to_have_count(3)
    expect(admin).to_have_url(re.compile(furnished))

    admin.get_by_role("link", name="Stories", exact=True).click()
    expect(admin.get_by_role("columnheader", name="Stories")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(body.locator("tr").first).to_contain_text(f"{furnished}-2@")
    admin.get_by_role("link", name="Stories", exact=True).click()
    expect(body.locator("tr").first).to_contain_text(f"{furnished}-0@")

    admin.locator("summary").filter(has_text="Plan").click()
    admin.get_by_role("link", name="Pro", exact=True).click()
    expect(body.locator("tr")).to_have_count(1)
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Export 1 as CSV").click()
    assert rows_of(download.value, tmp_path) == [
        ["email", "total_news", "total_media", "subscription_plan"],
        [f"{furnished}-2@earshot.test", "3", "3", "pro"],
    ]


def test_an_admin_changes_the_range_of_charts_and_reads_the_table_behind_one(
    admin: Page, furnished: str, tmp_path: Path
):
    admin.goto("/usage/")
    admin.get_by_role("link", name="Charts").click()
    has_come(admin, "Growth")
    chart = admin.locator("#listening")
    expect(chart.get_by_role("img", name="Listening")).to_have_accessible_description(
        re.compile(r"Listening, .* in all, at most ")
    )

    admin.get_by_role("link", name="12 months").click()
    expect(admin.get_by_role("link", name="12 months")).to_have_attribute("aria-current", "true")
    expect(admin.get_by_label("By", exact=True)).to_have_value("month")

    day = today() - timedelta(days=2)
    admin.get_by_label("From").fill(day.isoformat())
    admin.get_by_label("By", exact=True).select_option("day")
    admin.get_by_label("Split").select_option("plan")
    admin.get_by_role("button", name="Show").click()
    expect(admin).to_have_url(re.compile(f"from={day}.*by=plan"))
    chart = admin.locator("#listening")
    chart.get_by_text("As a table").click()
    expect(chart.locator("tbody tr")).to_have_count(3)
    with admin.expect_download() as download:
        chart.get_by_role("link", name="Listening as CSV").click()
    rows = rows_of(download.value, tmp_path)
    assert rows[0] == ["day", "plan", "seconds"]
    assert {row[1] for row in rows[1:]} >= {"free", "pro"}


def test_a_reader_sees_their_own_year(page: Page, reader: Reader, site: Site, tmp_path: Path):
    with site.inside():
        usage.record(reader.id, "played", 5400)
        make_story(reader)
        db.session.commit()
    page.goto("/")
    expect(page.get_by_role("img", name="Listened")).to_be_visible()
    page.get_by_role("link", name="Your year").click()
    has_come(page, "Usage")
    expect(page.locator(".year")).to_contain_text("1 day")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert rows_of(download.value, tmp_path)[-1][4] == "5400.0"


@pytest.mark.parametrize(
    "path",
    [
        "/usage/?sort=-news",
        "/usage/?q=nobody",
        "/usage/charts?by=plan",
        "/usage/charts?by=voice&step=month&from=2025-12-01",
        "/usage/own",
    ],
)
def test_the_pages_of_admins_are_fit_for_everyone(
    admin: Page, furnished: str, site: Site, path: str
):
    with site.inside():
        db.session.execute(
            text(
                "INSERT INTO usage_metrics (user_id, action, quantity, metadata) SELECT id,"
                " 'narrated', 700, jsonb_build_object('voice', 'espeak:' || n) FROM users,"
                " generate_series(1, 9) AS n WHERE email LIKE :who"
            ),
            {"who": f"{furnished}%"},
        )
        db.session.commit()
    is_fit(admin, path)


def test_the_year_of_a_reader_is_fit_for_everyone(page: Page, reader: Reader, site: Site):
    is_fit(page, "/usage/")
    with site.inside():
        for _ in range(3):
            usage.record(reader.id, "played", 5400)
        make_story(reader)
        db.session.commit()
    is_fit(page, "/usage/")
    is_fit(page, "/")
