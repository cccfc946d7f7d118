import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.feeds import dates
from services.feeds.canonical import canonical, digest_of_address
from services.feeds.model import Feed, Unreadable
from services.feeds.parsing import parse
from services.markdown import to_html
from tests.feeding import item, rss

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HERE = "https://example.org/blog/feed.xml"


def read(body: bytes | str, content_type: str = "", url: str = HERE) -> Feed:
    raw = body.encode() if isinstance(body, str) else body
    return parse(raw, content_type, url, NOW)


def only(body: bytes | str, **more: str):
    [entry] = read(body, **more).entries
    return entry


ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"
  xml:base="https://base.test/x/"><title type="html">A &amp;amp; B</title><link href="/site"/>
  <entry><id>urn:1</id><title>Plain &lt;b&gt; stays</title><link href="one"/>
  <updated>2026-03-02T08:00:00+01:00</updated><author><name>Ann</name></author>
  <content type="xhtml" xml:base="deep/"><div xmlns="http://www.w3.org/1999/xhtml">
  <p>Hello <a href="there">link</a></p></div></content></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel rdf:about="https://rdf.test/">
  <title>Old</title><link>https://rdf.test/</link></channel><item rdf:about="https://rdf.test/1">
  <title>Item</title><link>https://rdf.test/1</link><dc:date>2026-03-02</dc:date>
  <dc:creator>Bob</dc:creator><description>short</description>
  <content:encoded><![CDATA[<p>The <b>long</b> one</p>]]></content:encoded></item></rdf:RDF>"""
PODCAST = """<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
  <channel><title>Cast</title><itunes:author>Host</itunes:author><item><title>Episode</title>
  <enclosure url="https://cast.test/e1.mp3" length="12345" type="audio/mpeg"/>
  <itunes:image href="https://cast.test/e1.jpg"/><itunes:summary>About it</itunes:summary>
  <itunes:author>Guest</itunes:author></item></channel></rss>"""
ATTRIBUTES = " ".join(f'a{n}=""' for n in range(200_000))


def test_atom_with_bases_and_plain_titles():
    feed = read(ATOM)
    assert (feed.title, feed.site_url, feed.language, feed.format) == (
        "A & B",
        "https://base.test/site",
        "de",
        "atom10",
    )
    [entry] = feed.entries
    assert (entry.headline, entry.url, entry.author) == (
        "Plain <b> stays",
        "https://base.test/x/one",
        "Ann",
    )
    assert entry.content == "Hello [link](https://base.test/x/deep/there)"
    assert entry.published_at == datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def test_rdf_takes_the_long_text():
    entry = only(RDF)
    assert (entry.content, entry.author, entry.url) == (
        "The **long** one",
        "Bob",
        "https://rdf.test/1",
    )


def test_podcasts_bring_their_sound_and_picture():
    entry = only(PODCAST)
    picture, sound = entry.attached
    assert (picture.url, picture.kind) == ("https://cast.test/e1.jpg", "image")
    assert (sound.url, sound.content_type, sound.length) == (
        "https://cast.test/e1.mp3",
        "audio/mpeg",
        12345,
    )
    assert "About it" in entry.content


def test_json_feed():
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "J",
        "home_page_url": "https://j.test/",
        "items": [
            {
                "id": 7,
                "url": "/one",
                "title": "T &amp; x",
                "content_html": "<p>hi <a href='r'>x</a></p>",
                "date_published": "2026-03-02T08:00:00-05:00",
                "authors": [{"name": "Zoe"}],
                "attachments": [{"url": "https://j.test/a.m4a", "mime_type": "audio/mp4"}],
            },
            {"id": "2", "content_text": "plain <b>\n\nsecond", "external_url": "https://x.test/"},
            "nonsense",
            {"title": None, "authors": "x", "attachments": {}, "image": 5},
        ],
    }
    feed = read(json.dumps(body), content_type="application/feed+json")
    first, second, third = feed.entries
    assert (first.guid, first.headline, first.url) == ("7", "T & x", "https://example.org/one")
    assert (first.author, first.attached[0].kind) == ("Zoe", "audio")
    assert first.published_at == datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    assert second.content == "plain \\<b>\n\nsecond"
    assert third.headline == "Untitled"


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("AT&amp;T", "AT&T"),
        ("&lt;b&gt;Bold&lt;/b&gt; move", "Bold move"),
        ("<![CDATA[Caf&eacute; <i>x</i>]]>", "Café x"),
        ("1 &lt; 2", "1 < 2"),
        ("&#8220;Quoted&#8221; &#x27;x&#x27;", "“Quoted” 'x'"),
        ("  two\n lines\t ", "two lines"),
        ("a\u200bb\u202ec", "abc"),
        ("", "The text of it"),
    ],
)
def test_titles_are_plain_words(title: str, headline: str):
    body = (
        f"<rss version='2.0'><channel><title>x</title><item><title>{title}</title>"
        "<description>The text of it</description></item></channel></rss>"
    )
    assert only(body).headline == headline


def test_a_title_that_is_missing_comes_from_the_text_or_the_address():
    assert (
        only(rss(item(1, "<p><b>First</b> line</p><p>Second", title=""))).headline == "First line"
    )
    body = "<rss version='2.0'><channel><item><link>https://e.org/2026/a-fine-day.html</link></item></channel></rss>"
    entry = only(body)
    assert (entry.headline, entry.content) == (
        "a fine day",
        "[Read it at e.org](https://e.org/2026/a-fine-day.html)",
    )
    assert len(only(rss(item(1, title="word " * 200))).headline) <= 300


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", ""),
        ("utf-16", "utf-16"),
        ("iso-8859-1", "iso-8859-1"),
        ("windows-1252", "windows-1252"),
        ("windows-1252", ""),
        ("utf-8", "us-ascii"),
        ("koi8-r", "koi8-r"),
    ],
)
def test_encodings_declared_or_not(encoding: str, declared: str):
    word = "Привет" if encoding == "koi8-r" else "Grüße"
    head = f'<?xml version="1.0"{f" encoding={chr(34)}{declared}{chr(34)}" if declared else ""}?>'
    body = f"{head}<rss version='2.0'><channel><item><title>{word}</title></item></channel></rss>"
    assert only(body.encode(encoding)).headline == word


@pytest.mark.parametrize(
    "body",
    [
        "<rss version='2.0'><channel><item><title>Cut off</title><description><p>un<b>closed</item>",
        "junk before <rss version='2.0'><channel><item><title>Cut off</title></item></channel></rss>",
        "<rss version='2.0'><channel><item><title>Cut off</title><x:y>z</x:y>&nbsp;&foo;</item></channel></rss>",
        "\n\n  <?xml version='1.0'?><rss><channel><item><title>Cut off</title></item></channel></rss>",
        "<rss version='2.0'><channel><item><title>Cut\x00 off\x08</title></item></channel></rss>",
    ],
)
def test_broken_feeds_give_what_they_have(body: str):
    assert only(body).headline.startswith("Cut")


def test_bombs_and_files_stay_where_they_are():
    bomb = '<!DOCTYPE z [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12)
    )
    entry = only(
        f"<?xml version='1.0'?>{bomb}]><rss version='2.0'><channel><item><title>x &m;</title></item></channel></rss>"
    )
    assert len(entry.headline) < 100
    outside = '<!DOCTYPE z [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    entry = only(
        f"<?xml version='1.0'?>{outside}<rss version='2.0'><channel><item><title>x&f;</title><description>&f;</description></item></channel></rss>"
    )
    assert "root" not in entry.headline + entry.content


@pytest.mark.parametrize(
    "body",
    [
        rss(*(f"<item><guid>{n}</guid><pubDate>day {n}</pubDate></item>" for n in range(20_000))),
        rss(f"<item><title {ATTRIBUTES}>x</title></item>"),
        rss(item(1, f"<p {ATTRIBUTES}>x</p>")),
        rss(item(1, "<div>" * 100_000 + "x")),
        rss(item(1, "<ul><li>" * 100_000 + "x")),
        rss(item(1, "<noscript" * 300_000)),
        rss(f"<item><title><![CDATA[{'<a ' * 500_000}]]></title></item>"),
        rss(f"<item><description><![CDATA[{'[' * 150_000}]]></description></item>"),
    ],
    ids=[
        *("days", "attributes", "attributes in a text", "divisions", "lists"),
        *("noscript", "tags in a title", "brackets"),
    ],
)
def test_what_is_made_to_take_for_ever_does_not(body: str):
    began = time.process_time()
    assert read(body).entries
    assert time.process_time() - began < 15


def test_half_characters_take_no_entry_with_them():
    half = "a\ud800"
    feed = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "items": [
                    {"id": half, "title": half, "content_html": f"<p>{half}", "url": f"/{half}"},
                    {"id": 2, "content_text": half, "authors": [{"name": half}]},
                ],
            }
        )
    )
    assert [entry.headline for entry in feed.entries] == ["a?", "a?"]


def test_script_anywhere_stays_out():
    evil = (
        "<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a>"
    )
    feed = read(
        rss(
            item(1, evil, title=evil, author=evil, guid=evil),
            item(2, link="javascript:alert(1)"),
            title=evil.replace("<", "&lt;"),
        )
    )
    for entry in feed.entries:
        page = to_html(entry.content)
        assert not re.search(r"<script|<img|javascript:", page)
        assert "<script" not in entry.headline + entry.author
    assert "<script" not in feed.title
    assert feed.entries[1].url is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "empty"),
        ("<!doctype html><html><body>x", "web page"),
        ("hello", "neither RSS"),
        ("{", "broken"),
        ("{}", "not a JSON Feed"),
        ("[" * 100_000, "neither|broken"),
        ('{"items":' + "[" * 100_000, "broken"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "neither RSS"),
        ("<rss version='2.0'><channel><title>Cut</tit", "breaks off"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><title>Cut</title>", "breaks off"),
    ],
)
def test_what_is_no_feed_is_told(body: str, words: str):
    with pytest.raises(Unreadable, match=words):
        read(body)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_it(body: bytes):
    for raw in (body, b"<rss version='2.0'><channel><item>" + body, b'{"items":[' + body):
        try:
            feed = read(raw)
        except Unreadable:
            continue
        assert all(entry.headline and entry.guid for entry in feed.entries)


def test_a_feed_survives_being_taken_apart():
    feed = read(ATOM)
    assert Feed.of(json.loads(json.dumps(feed.as_plain()))) == feed


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Mon, 02 Mar 2026 08:00:00 +0100", "2026-03-02T07:00:00"),
        ("Mon, 2 Mar 2026 08:00 CET", "2026-03-02T07:00:00"),
        ("Tue, 02 Mar 2026 08:00:00 EST", "2026-03-02T13:00:00"),
        ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00"),
        ("2026-03-02T08:00:00.123+05:30", "2026-03-02T02:30:00.123000"),
        ("2026-03-02 08:00:00", "2026-03-02T08:00:00"),
        ("2026-03-02", "2026-03-02T00:00:00"),
        ("2 March 2026", "2026-03-02T00:00:00"),
        ("March 2, 2026 3:04 PM", "2026-03-02T15:04:00"),
        ("02.03.2026 08:00", "2026-03-02T08:00:00"),
        ("1772438400", "2026-03-02T08:00:00"),
        ("soon", None),
        ("", None),
        ("2026-13-45", None),
        ("99999999999999999999", None),
    ],
)
def test_dates_are_read(text: str, iso: str | None):
    when = dates.read(text)
    assert (when and when.isoformat().removesuffix("+00:00")) == iso


def test_dates_are_repaired():
    def sane(text: str) -> datetime | None:
        return dates.first_sane([text], NOW)

    assert sane("1970-01-01T00:00:00Z") is None
    assert sane("0001-01-01T00:00:00Z") is None
    assert sane("2036-01-01") is None
    assert sane((NOW + timedelta(hours=9)).isoformat()) == NOW
    assert dates.first_sane(["rubbish", "2026-03-02"], NOW) == datetime(2026, 3, 2, tzinfo=UTC)
    assert dates.first_sane([(2026, 3, 2, 8, 0, 0, 0, 61, 0)], NOW) is not None
    assert only(rss(item(1, pubDate="yesterday-ish"))).published_at is None


@given(st.text(max_size=40))
def test_no_date_breaks_it(text: str):
    dates.read(text)


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("https://e.org/a?utm_source=x&b=1&fbclid=2#top", "https://e.org/a?b=1"),
        ("HTTPS://E.org:443/A", "https://e.org/A"),
        ("http://e.org:8080/?q=a%20b&&", "http://e.org:8080/?q=a%20b"),
        ("https://e.org/#!/page", "https://e.org/#!/page"),
        ("https://e.org/2026/07.html#item572", "https://e.org/2026/07.html#item572"),
        ("https://e.org/a#xtor=RSS-1&utm_medium=feed", "https://e.org/a"),
        ("https://e.org/a#more-17", "https://e.org/a"),
        ("https://e.org", "https://e.org/"),
        ("javascript:1", None),
        (None, None),
    ],
)
def test_addresses_lose_what_only_tracks(address: str | None, plain: str | None):
    assert canonical(address) == plain


def test_spellings_of_one_article_are_the_same():
    same = [
        "https://www.e.org/a/",
        "http://e.org/a",
        "https://m.e.org/a?utm_medium=rss",
        "https://e.org/a/amp",
        "https://e.org/a#comments",
    ]
    assert len({digest_of_address(one) for one in same}) == 1
    assert digest_of_address("https://e.org/a?id=1") != digest_of_address("https://e.org/a?id=2")
    assert digest_of_address("https://e.org/log#v1") != digest_of_address("https://e.org/log#v2")
