"""Everything out of one account, and into one on another site."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from services.worker import archives
from tests import samples
from tests.browser.site import Reader, Site
from tests.browser.steps import sign_in

pytestmark = pytest.mark.browser


def work(site: Site) -> None:
    """Do what a worker beside the site does."""
    with site.inside():
        while archives.do_next():
            pass


def test_out_of_one_site_and_into_another(
    page: Page,
    site: Site,
    reader: Reader,
    empty_site: Site,
    browser: Browser,
    browser_context_args: dict[str, Any],
    watch: Callable[[BrowserContext], BrowserContext],
    tmp_path: Path,
):
    story = site.story(reader, "Rain at noon", content="It **rained**.")
    site.file(reader, "boat.png", samples.image(), story)
    page.goto("/account")
    page.get_by_role("button", name="Take everything along").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Made so far")).to_be_visible()

    work(site)

    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == ".zip"

    elsewhere = browser_context_args | {"base_url": empty_site.address}
    there = watch(browser.new_context(**elsewhere))
    sign_in(there, empty_site.reader())
    other = there.new_page()
    other.goto("/account")
    other.get_by_role("link", name="Bring an archive in").click()
    other.get_by_label("Archive").set_input_files(path)
    other.get_by_role("button", name="Bring in").click()
    expect(other.get_by_role("progressbar", name="Brought in so far")).to_be_visible()

    work(empty_site)

    expect(other.get_by_text("Brought in: 1 story and 1 picture or sound.")).to_be_visible()
    other.goto(f"/news/{story}")
    expect(other.get_by_role("heading", name="Rain at noon")).to_be_visible()
    picture = other.locator("img[src*='/media/']").first
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0
    there.close()


def test_a_file_that_is_no_archive_is_refused_beside_its_field(page: Page):
    page.goto("/account/archive")
    page.get_by_label("Archive").set_input_files(
        {"name": "notes.zip", "mimeType": "application/zip", "buffer": b"no zip at all"}
    )
    page.get_by_role("button", name="Bring in").click()
    expect(page.get_by_text("notes.zip is not a zip file.")).to_be_visible()


def test_a_link_within_what_asks_for_itself_leads_to_a_page(page: Page, reader: Reader):
    page.goto("/account/archive")
    page.get_by_role("button", name="Make an archive").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()

    page.get_by_role("button", name="Stop").click()

    expect(page.get_by_role("button", name="Make an archive")).to_be_visible()
    expect(page.locator("main")).to_have_count(1)
    expect(page.get_by_role("heading", name="Take everything along")).to_have_count(1)


def test_what_was_made_can_be_made_anew_without_reloading(page: Page, site: Site, reader: Reader):
    site.story(reader, "Rain at noon")
    page.goto("/account/archive")
    page.get_by_role("button", name="Make an archive").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()

    work(site)

    expect(page.get_by_role("link", name="Download")).to_be_visible()
    page.get_by_role("button", name="Make a new archive").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    expect(page.locator("main")).to_have_count(1)
