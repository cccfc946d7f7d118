"""The stories of one source, from its page to the list, and within it by a search."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Reader, Site
from tests.factories import START, make_story
from tests.feeding import make_source

pytestmark = pytest.mark.browser


def test_a_source_leads_to_its_stories_and_a_search_stays_within_them(
    page: Page, site: Site, reader: Reader
):
    with site.inside():
        source = make_source(reader, "http://127.0.0.1:9/feed", title="Harbour Gazette")
        source_id = source.id
        where = {"source_id": source_id, "source_url": "http://127.0.0.1:9/a"}
        make_story(reader, "Ferries run again", created_at=START, published_at=START, **where)
    site.story(reader, "Bread without ferries")
    page.goto(f"/sources/{source_id}")
    page.get_by_role("link", name="Read its stories").click()
    rows = page.locator("#news-list article")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Harbour Gazette")
    chip = page.get_by_role("link", name="Remove the filter From Harbour Gazette")
    expect(chip).to_be_visible()
    page.get_by_role("searchbox").fill("ferries")
    expect(page.locator("#announce")).to_have_text("1 story matches “ferries”")
    expect(rows).to_have_count(1)
    expect(chip).to_be_visible()
    chip.click()
    expect(rows).to_have_count(2)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Source").select_option("Harbour Gazette")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(rows).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("ferries")
