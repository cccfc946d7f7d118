import os
import subprocess
import sys
import threading
import time

import psutil
import pytest

from services import articles, sandbox
from services.feeds.links import links_in
from services.feeds.model import Unreadable
from services.sandbox import pool
from tests.feeding import item, rss

HERE = "https://example.org/feed"
# Far more than anybody reads within a second, however quick the parser becomes.
HANGING = rss(*(item(number, "<p>One <b>two</b> three.</p>" * 400) for number in range(500)))


def children() -> list[psutil.Process]:
    return [
        one
        for one in psutil.Process().children()
        if "services.sandbox.child" in " ".join(one.cmdline())
    ]


def test_a_feed_is_read_in_another_process():
    feed = sandbox.read_feed(rss(item(1)), "application/rss+xml", HERE)
    assert [entry.headline for entry in feed.entries] == ["Item 1"]
    assert len(children()) == 1


def test_what_hangs_is_given_up_and_the_next_is_read():
    began = time.monotonic()
    with pytest.raises(sandbox.Failed, match="within 1 seconds"):
        sandbox.read_feed(HANGING, "", HERE, seconds=1)
    assert time.monotonic() - began < 4
    assert sandbox.read_feed(rss(item(2)), "", HERE).entries


def test_a_child_that_dies_is_replaced():
    sandbox.read_feed(rss(item(1)), "", HERE)
    for one in children():
        one.kill()
    with pytest.raises(sandbox.Failed):
        sandbox.read_feed(rss(item(1)), "", HERE)
    assert sandbox.read_feed(rss(item(1)), "", HERE).entries


def test_what_is_no_feed_is_told_as_it_is():
    with pytest.raises(Unreadable, match="web page") as caught:
        sandbox.read_feed(b"<html>", "text/html", HERE)
    assert caught.value.code == "not_a_feed"


def test_no_more_children_than_there_should_be():
    def read() -> None:
        for _ in range(3):
            sandbox.read_feed(rss(item(1)), "", HERE)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 1 <= len(children()) <= pool.MOST


def test_who_waits_for_a_child_that_does_not_come_is_told_so(monkeypatch: pytest.MonkeyPatch):
    mine = pool._Pool()
    monkeypatch.setattr(pool, "_pool", mine)
    for _ in range(pool.MOST):
        mine._room.acquire()
    began = time.monotonic()
    with pytest.raises(sandbox.Busy):
        sandbox.read_feed(rss(item(1)), "", HERE, patience=0.3)
    assert 0.2 < time.monotonic() - began < 3
    for _ in range(2):  # and whoever reads leaves the place as it was
        mine._room.release()
        assert sandbox.read_feed(rss(item(1)), "", HERE, patience=0.3).entries
        mine._room.acquire()
    mine.close()


def test_a_worker_waits_for_a_child_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch):
    mine = pool._Pool()
    monkeypatch.setattr(pool, "_pool", mine)
    monkeypatch.setattr(pool, "PATIENCE", 0.1)
    for _ in range(pool.MOST):
        mine._room.acquire()
    threading.Timer(0.6, mine._room.release).start()
    assert sandbox.read_feed(rss(item(1)), "", HERE).entries
    mine.close()


def test_a_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_KEY", "something secret")
    pool._pool.close()
    sandbox.read_feed(rss(item(1)), "", HERE)
    [child] = children()
    assert "SECRET_KEY" not in child.environ()
    assert "PATH" in child.environ() or "PATH" not in os.environ


def test_a_child_loads_little_before_its_first_job():
    large = "{'flask', 'sqlalchemy', 'feedparser', 'trafilatura'}"
    words = f"import sys, services.sandbox.child; print(sorted({large} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", words], cwd=pool.ROOT, capture_output=True)
    assert said.stdout.decode().strip() == "[]"


def test_children_that_nobody_needs_are_let_go(monkeypatch: pytest.MonkeyPatch):
    pool._pool.close()
    monkeypatch.setattr(pool, "IDLE", 0.4)
    mine = pool._Pool()
    monkeypatch.setattr(pool, "_pool", mine)
    sandbox.read_feed(rss(item(1)), "", HERE)
    end = time.monotonic() + 20
    while children() and time.monotonic() < end:
        time.sleep(0.1)
    assert children() == []


PAGE = """<html lang="en"><head><title>A day at sea - The Site</title>
  <link rel="canonical" href="https://example.org/sea?utm_source=x">
  <meta name="author" content="Ann Bee"><meta property="og:image" content="/sea.jpg">
  <meta property="article:published_time" content="2026-03-02T08:00:00Z">
  <meta property="og:site_name" content="The Site"></head>
  <body><nav><a href="/">Home</a><a href="/all">All</a></nav><article><h1>A day at sea</h1>{}
  <script>alert(1)</script></article><footer>All rights reserved</footer></body></html>"""
TEXT = "".join(
    f"<p>Paragraph {n} says <a href='/x'>something</a> about the <b>sea</b> and its boats.</p>"
    for n in range(12)
)


def test_an_article_is_found_in_its_page():
    article = sandbox.read_article(PAGE.format(TEXT).encode(), "https://example.org/p")
    assert (article.headline, article.author, article.site, article.language) == (
        "A day at sea",
        "Ann Bee",
        "The Site",
        "en",
    )
    assert article.url == "https://example.org/sea"
    assert article.picture == "https://example.org/sea.jpg"
    assert article.published_at is not None
    assert article.published_at.date().isoformat() == "2026-03-02"
    assert "[something](https://example.org/x) about the **sea**" in article.content
    assert "alert" not in article.content
    assert not article.content.startswith("#")


@pytest.mark.parametrize("page", [b"", b"\x00\xff", b"<html>", b"plain words", b"{}"])
def test_pages_without_an_article_have_none(page: bytes):
    assert articles.extract(page, "https://example.org/").content in {"", "plain words"}


@pytest.mark.parametrize(
    ("page", "charset"),
    [
        ("Grüße".encode(), ""),
        ("Grüße".encode("latin-1"), "iso-8859-1"),
        (b"<meta charset='windows-1252'>Gr\xfc\xdfe", ""),
        ("Grüße".encode("utf-16"), "nonsense"),
    ],
)
def test_pages_are_decoded(page: bytes, charset: str):
    assert "Grüße" in articles.decoded(page, charset)


def test_links_of_a_page_are_read_from_its_base():
    page = b"""<base href="/deep/"><link rel=alternate type=application/rss+xml href=a.xml title=A>
      <a rel="feed" type="application/atom+xml" href="b.atom">b</a>
      <link rel=alternate type=text/html href=no><link rel=stylesheet type=text/xml href=no>
      <link rel=alternate type=application/rss+xml href="file:///etc/passwd">"""
    found = links_in(page, "https://example.org/x")
    assert [(one.url, one.title, one.format) for one in found] == [
        ("https://example.org/deep/a.xml", "A", "RSS"),
        ("https://example.org/deep/b.atom", "", "Atom"),
    ]
