"""Articles from elsewhere: fetched within bounds, read by a child process, never from inside."""

import base64
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from services import saving
from services.fetching import FetchError
from services.saving import IsFeed, NoArticle
from tests.live import with_settings
from tests.samples import photo
from tests.servers.web import Web, redirect, reply, serving

TEXT = (
    "The harbour was closed at noon because of the storm, and the ferries stayed where they were."
)
PAGE = f"""<!doctype html><html lang="en"><head><title>The harbour is closed</title>
<meta property="og:title" content="The harbour is closed">
<meta name="author" content="Ada Byron">
<meta property="article:published_time" content="2026-03-01T08:00:00Z">
<meta property="og:image" content="/lead.jpg"></head>
<body><nav><a href="/">Home</a></nav><article><h1>The harbour is closed</h1>
<p>{TEXT}</p><p>{TEXT} Nobody knew <a href="/more">for how long</a>.</p><p>{TEXT}</p>
<script>alert(1)</script></article><footer>All rights reserved</footer></body></html>"""


@pytest.fixture
def web(app: Flask) -> Iterator[Web]:
    before = app.config["SETTINGS"]
    with serving() as site, app.app_context():
        app.config["SETTINGS"] = with_settings(app, fetch_allowed_hosts=site.place)
        site.pages["/story"] = reply(PAGE, type="text/html; charset=utf-8")
        site.pages["/lead.jpg"] = reply(photo(), type="image/jpeg")
        yield site
    app.config["SETTINGS"] = before


def test_an_article_is_found_with_its_author_date_and_picture(web: Web):
    found = saving.find(web.url("/story"))
    article = found.article
    assert (article.headline, article.author) == ("The harbour is closed", "Ada Byron")
    assert TEXT in article.content
    assert f"[for how long]({web.url('/more')})" in article.content
    assert "alert" not in article.content
    assert "Home" not in article.content
    assert article.published_at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert found.picture == web.url("/lead.jpg")
    assert base64.b64decode(found.thumbnail.partition(",")[2])[8:12] == b"WEBP"


def test_an_article_is_kept_from_where_it_was_in_the_end(web: Web):
    web.pages["/short"] = redirect("/story")
    assert saving.find(web.url("/short")).url == web.url("/story")


@pytest.mark.parametrize(
    "lead", [None, reply(b"GIF89a, not really", type="image/gif"), reply(b"", 500)]
)
def test_a_picture_that_cannot_be_had_is_left_out(web: Web, lead: bytes | None):
    web.pages["/lead.jpg"] = lead
    found = saving.find(web.url("/story"))
    assert (found.picture, found.thumbnail) == ("", "")
    assert found.article.headline


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(b"%PDF-1.7", type="application/pdf"), "a PDF file"),
        (reply(photo(), type="image/jpeg"), "a picture"),
        (reply("<rss/>", type="application/rss+xml"), "a feed"),
        (reply("<a><rss /></a>", type="text/xml"), "data for programs"),
        (reply("<html><body><div id=app></div></body></html>"), "no article"),
        (reply("x" * 40), "no article"),
    ],
)
def test_what_is_no_article_is_named(web: Web, answer: bytes, words: str):
    web.pages["/other"] = answer
    with pytest.raises(NoArticle, match=words):
        saving.find(web.url("/other"))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", "application/atom+xml"),
        ("{}", "application/feed+json"),
        ('<?xml version="1.0"?>\n<!-- made > by hand -->\n<rss version="2.0">', "text/xml"),
        ('\ufeff<?xml version="1.0"?><?xml-stylesheet href="a"?><feed\nxmlns="x">', "text/html"),
        ("<rdf:RDF >", "application/xml"),
    ],
)
def test_a_feed_is_known_whatever_it_is_sent_as(web: Web, body: str, kind: str):
    web.pages["/feed"] = reply(body, type=kind)
    with pytest.raises(IsFeed, match="leads to a feed"):
        saving.find(web.url("/feed"))


def test_a_slow_page_is_given_up(web: Web, monkeypatch: pytest.MonkeyPatch):
    def drip() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        for _ in range(100):
            time.sleep(0.1)
            yield b"."

    monkeypatch.setattr(saving, "PAGE_SECONDS", 0.6)
    web.pages["/slow"] = lambda _: drip()
    began = time.monotonic()
    with pytest.raises(FetchError, match="longer"):
        saving.find(web.url("/slow"))
    assert time.monotonic() - began < 5


def test_a_page_that_cannot_be_read_in_time_says_so(web: Web, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(saving, "READING_SECONDS", 0.0)
    with pytest.raises(NoArticle, match="could not be read"):
        saving.find(web.url("/story"))


def test_nothing_inside_is_fetched_not_even_as_a_picture(web: Web):
    with serving() as inside:
        inside.pages["*"] = reply(photo(), type="image/jpeg")
        with pytest.raises(FetchError, match="not on the public internet"):
            saving.find(inside.url("/secret"))
        web.pages["/story"] = reply(PAGE.replace("/lead.jpg", inside.url("/secret.jpg")))
        assert saving.find(web.url("/story")).picture == ""
        assert inside.asked == []


@pytest.mark.parametrize(
    ("shared", "address"),
    [
        (("https://news.test/a?b=c#d",), "https://news.test/a?b=c#d"),
        ((None, "Look at this: https://news.test/a."), "https://news.test/a"),
        (("", "“Headline” https://news.test/a (via Mail)", "x"), "https://news.test/a"),
        (("", "see (https://en.test/wiki/A_(b))"), "https://en.test/wiki/A_(b)"),
        (("nothing", "javascript:alert(1)", None), ""),
        ((), ""),
    ],
)
def test_the_address_is_found_in_what_was_shared(shared: tuple, address: str):
    assert saving.address_in(*shared) == address
