"""Feeds that break off: whole entries count, and never the beginning of one."""

import gzip
import time
from datetime import UTC, datetime

import pytest

from services.feeds.model import Feed, Unreadable
from services.feeds.parsing import parse
from services.feeds.wholeness import ends_within_an_entry

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def read(body: bytes) -> Feed:
    return parse(body, "", "https://news.test/feed", NOW)


def rss(number: int) -> str:
    return (
        f"<item><title>Grüße {number}</title><guid>g{number}</guid><description><![CDATA[<p>An "
        f"</item> and an <item> in words</p>]]></description><!-- </item> --></item>\n"
    )


def atom(number: int) -> str:
    return (
        f"<a:entry xml:lang='de'><a:id>g{number}</a:id><a:title>Grüße {number}</a:title>"
        f"<a:content type='html'>&lt;p>An &lt;/entry> in words</a:content></a:entry>\n"
    )


def rdf(number: int) -> str:
    place = f"https://news.test/{number}"
    return f"<item rdf:about='{place}'><title>Grüße {number}</title><link>{place}</link></item>\n"


def json(number: int) -> str:
    before = "," if number > 1 else ""
    return f'{before}{{"id": "g{number}", "title": "Grüße {number}", "content_text": "Words."}}'


RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SHAPES = {
    "rss": ("<rss version='2.0'><channel><title>F</title>", rss, "</channel></rss>\n"),
    "atom": ("<a:feed xmlns:a='http://www.w3.org/2005/Atom'>", atom, "</a:feed>\n"),
    "rdf": (
        f"<rdf:RDF xmlns:rdf='{RDF}' xmlns='http://purl.org/rss/1.0/'><channel rdf:about='c'>"
        "<title>F</title></channel>",
        rdf,
        "</rdf:RDF>\n",
    ),
    "json": ('{"version": "https://jsonfeed.org/version/1.1", "items": [', json, "]}\n"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_wherever_a_feed_is_cut_off_there_are_only_whole_entries(shape: str):
    beginning, entry, end = SHAPES[shape]
    ends = [len(beginning.encode())]
    for number in (1, 2):
        ends.append(ends[-1] + len(entry(number).rstrip("\n").encode()) + (number > 1))
    ends = ends if shape != "json" else []
    body = f"{beginning}{entry(1)}{entry(2)}{end}".encode()
    whole = read(body).entries
    assert len(whole) == 2
    refused = 0
    for cut in range(len(body)):
        count = sum(cut >= place for place in ends[1:]) if ends else 2
        try:
            assert read(body[:cut]).entries == whole[:count]
        except Unreadable as error:
            refused += 1
            if ends and ends[0] <= cut:
                assert count == 0
                assert "breaks off" in str(error)
    assert refused == (ends[1] if ends else len(body) - 1)


def test_a_packed_feed_is_cut_off_too():
    beginning, entry, end = SHAPES["rss"]
    body = gzip.compress(f"{beginning}{entry(1)}{end}".encode())
    with pytest.raises(Unreadable, match="breaks off"):
        read(body[:-30])


@pytest.mark.parametrize(
    "body",
    [
        "<item><title>One</title></item><item><title>Two & more</title></channel></rss>",
        "<item><title>One &</title><item><title>Two</title></channel></rss>",
        f"<item><title>One &</title></item><item><title>Two</title></item>{'<br>' * 500}",
        f"<item><title>One &</title></item><item><title>Two</title></channel>{'<br>' * 500}",
    ],
)
def test_a_feed_that_is_out_of_order_keeps_its_last_entry(body: str):
    feed = read(f"<rss version='2.0'><channel><title>F</title>{body}".encode())
    assert [entry.headline[:3] for entry in feed.entries] == ["One", "Two"]


@pytest.mark.parametrize("piece", ["<item ", "<![CDATA[ ", "<!-- ", "<item>", "</item ", "</"])
def test_a_long_feed_that_breaks_off_takes_no_time(piece: str):
    began = time.process_time()
    assert ends_within_an_entry(f"<rss><item>{piece * 300_000}".encode())
    assert time.process_time() - began < 5
