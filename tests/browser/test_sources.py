"""News that arrives by itself, in a real browser, with the worker's visits beside the site."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from services.worker.arrivals import Arrivals
from services.worker.media_keeper import Keeper
from tests.browser.site import Site
from tests.browser.steps import go_to
from tests.feeding import feed, item
from tests.live import with_settings
from tests.samples import image, sound
from tests.servers.web import Web, reply, serving

pytestmark = pytest.mark.browser

LINK = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'


@pytest.fixture
def web(site: Site) -> Iterator[Web]:
    """Run a site that has feeds, and visit the sources of everybody meanwhile."""
    before = site.app.config["SETTINGS"]
    with serving() as running:
        site.app.config["SETTINGS"] = with_settings(
            site.app, fetch_allowed_hosts=running.place, fetch_timeout=5.0
        )
        with site.app.app_context():
            visitor, keeper = Arrivals(), Keeper()
            visitor.start()
            keeper.start()
            yield running
            visitor.stop(5.0)
            keeper.stop(5.0)
    site.app.config["SETTINGS"] = before


def test_a_site_is_followed_and_its_stories_appear(page: Page, web: Web):
    links = LINK.format("The Gazette", "/feed.xml") + LINK.format("Comments", "/comments.xml")
    web.pages["/"] = reply(f"<html><head>{links}</head><body>Hello</body></html>")
    web.pages["/one.png"] = reply(image(size=(600, 400)), type="image/png")
    web.pages["/horn.wav"] = reply(sound(), type="audio/wav")
    web.pages["/feed.xml"] = feed(
        item(
            "about ferries",
            f"<p>They sail again.</p><img src='{web.url('/one.png')}'>",
            raw=f'<enclosure url="{web.url("/horn.wav")}" type="audio/wav"/>',
        ),
        item("about bread"),
    )
    page.goto("/")
    go_to(page, "Sources")
    page.get_by_role("link", name="Add a source").click()
    page.get_by_label("Address").fill(web.url("/"))
    page.get_by_role("button", name="Find feeds").click()
    expect(page.get_by_role("checkbox", name=re.compile("The Gazette"))).to_be_checked()
    expect(page.get_by_role("checkbox", name=re.compile("Comments"))).not_to_be_checked()
    page.get_by_role("button", name="Follow").click()
    # The page asks by itself until the visit is over.
    expect(page.get_by_role("link", name="Item about ferries")).to_be_visible(timeout=30_000)
    expect(page.locator("#source .chip")).to_have_text("Active")
    expect(page.get_by_role("heading", level=1)).to_have_text("The Daily Test")
    page.get_by_role("link", name="Item about ferries").click()
    expect(page.get_by_text("They sail again.")).to_be_visible()
    expect(page.get_by_role("link", name="The Daily Test", exact=True)).to_be_visible()
    row = page.locator(".elsewhere li")
    row.get_by_role("button", name="Keep this recording").click()
    expect(row.get_by_text("Being kept…")).to_be_visible()
    # The row asks by itself until the file is there.
    expect(row.get_by_text("Kept", exact=True)).to_be_visible(timeout=20_000)
    expect(page.locator("#announce")).to_have_text(re.compile("is kept$"))

    picture = page.locator("#story-text img")
    expect(picture).to_have_attribute("src", re.compile("/thumbnail$"))
    page.get_by_role("button", name="Keep it here").click()
    # So does the line below the text, which brings the text along.
    expect(picture).to_have_attribute("src", re.compile("/file$"), timeout=20_000)
    expect(page.locator("#announce")).to_have_text("The pictures are kept")
    expect(page.locator("#text-pictures")).to_be_hidden()
    assert picture.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 600


def test_a_failing_source_says_why_and_recovers(page: Page, web: Web, site: Site, reader):
    web.pages["/feed"] = reply("<html><body>Just a page</body></html>")
    page.goto("/sources/import")
    body = f'<opml><body><outline text="Troubled" xmlUrl="{web.url("/feed")}"/></body></opml>'
    page.get_by_label("OPML file").set_input_files(
        {"name": "list.opml", "mimeType": "text/xml", "buffer": body.encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="1 of 1 added")).to_be_visible()
    page.get_by_role("link", name="Troubled").click()
    expect(page.get_by_text("This is a web page, not a feed.")).to_be_visible(timeout=30_000)
    rail = page.get_by_role("navigation", name="Main")
    page.reload()
    expect(
        rail.get_by_role("link", name=re.compile("Sources.*1.*can't be fetched"))
    ).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    web.pages["/feed"] = feed(item(1))
    page.get_by_role("button", name="Fetch now").click()
    expect(page.get_by_role("link", name="Item 1")).to_be_visible(timeout=30_000)
    page.reload()
    expect(rail.get_by_text("can't be fetched")).to_have_count(0)


def test_lists_go_out_and_in(page: Page, web: Web, tmp_path: Path):
    web.pages["/feed"] = feed(item(1))
    page.goto("/sources/new")
    page.get_by_label("Address").fill(web.url("/feed"))
    page.get_by_role("button", name="Find feeds").click()
    expect(page).to_have_title("The Daily Test · Earshot")
    go_to(page, "Sources")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    sent = tmp_path / "sources.opml"
    download.value.save_as(sent)
    assert web.url("/feed") in sent.read_text()
    page.get_by_role("link", name="Import").click()
    page.get_by_label("OPML file").set_input_files(sent)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="0 of 1 added")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1440])
def test_the_pages_fit(page: Page, web: Web, width: int):
    web.pages["/feed"] = reply(status=404)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/sources/new")
    page.get_by_label("Address").fill(web.url("/nothing"))
    page.get_by_role("button", name="Find feeds").click()
    expect(page.get_by_text("has nothing at this address")).to_be_visible()
    long = "a" * 200
    body = f'<opml><body><outline text="{long}" xmlUrl="{web.url("/feed")}?{long}"/></body></opml>'
    page.goto("/sources/import")
    page.get_by_label("OPML file").set_input_files(
        {"name": "list.opml", "mimeType": "text/xml", "buffer": body.encode()}
    )
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="1 of 1 added")).to_be_visible()
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    href = page.get_by_role("link", name=long).get_attribute("href")
    for path in ("/sources/", href, f"{href}/edit", f"{href}/delete"):
        page.goto(str(path))
        assert not page.evaluate(wide), path
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
