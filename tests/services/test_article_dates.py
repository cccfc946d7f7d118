"""When an article was published: with its time of day where the page tells it."""

from datetime import UTC, datetime

import pytest

from services.articles import extract

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TEXT = "The harbour was closed at noon because of the storm, and the ferries stayed in port. " * 3


def published(head: str, body: str = "") -> str:
    page = (
        f"<!doctype html><html><head><title>The harbour</title>{head}</head><body>{body}"
        f"<article><h1>The harbour</h1><p>{TEXT}</p><p>{TEXT}</p></article></body></html>"
    )
    found = extract(page.encode(), "https://news.test/a", "utf-8", NOW).published_at
    return found.isoformat() if found else ""


def meta(moment: str, name: str = "article:published_time") -> str:
    return f'<meta property="{name}" content="{moment}">'


def data(moment: str) -> str:
    return f"""<script type="application/ld+json">{{"@context": "https://schema.org",
        "@graph": [{{"@type": "NewsArticle", "datePublished": "{moment}"}}]}}</script>"""


@pytest.mark.parametrize(
    ("head", "moment"),
    [
        (meta("2026-11-20T08:00:00Z"), "2026-11-20T08:00:00+00:00"),
        (meta("2026-11-20T08:00:00.25+0100"), "2026-11-20T07:00:00.250000+00:00"),
        (meta("2026-11-20 23:30:00 -05:00"), "2026-11-21T04:30:00+00:00"),
        (data("2026-11-20T09:15:00+05:30"), "2026-11-20T03:45:00+00:00"),
        (meta("2026-11-20") + data("2026-11-20T09:15:00+02:00"), "2026-11-20T07:15:00+00:00"),
    ],
)
def test_the_moment_is_kept_with_its_zone(head: str, moment: str):
    assert published(head) == moment


def test_a_time_in_the_page_tells_it_too():
    body = '<p>By Ada, <time datetime="2026-11-20T08:00:00+01:00">20 November</time></p>'
    assert published("", body) == "2026-11-20T07:00:00+00:00"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (meta("2026-11-20"), ""),
        (meta("2026-11-20T08:00:00"), ""),
        (meta("2026-11-20") + data("2025-01-01T09:15:00Z"), ""),
        (meta("2026-11-20") + data("0001-01-01T00:00:00+23:59"), ""),
        (meta("2026-11-20"), '<time datetime="2026-11-21T09:00:00Z">another article</time>'),
        (meta("2026-11-20"), '<time class="updated" datetime="2026-11-20T09:00:00Z"></time>'),
        (meta("2026-11-20"), "<time>08:00</time>"),
    ],
)
def test_the_day_alone_where_no_moment_fits_it(head: str, body: str):
    assert published(head, body) == "2026-11-20T00:00:00+00:00"


def test_no_day_no_moment():
    assert published(meta("soon")) == ""


def test_the_nearest_moment_counts():
    head = meta("2026-11-20") + data("2026-11-21T01:00:00Z") + data("2026-11-20T18:00:00Z")
    assert published(head) == "2026-11-20T18:00:00+00:00"
