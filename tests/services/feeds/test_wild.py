"""What feeds do that no description of a format foresees, one small feed for each."""

import gzip
import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from services.feeds.model import Entry, Feed, Unreadable
from services.feeds.parsing import parse

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HERE = "https://example.org/blog/feed.xml"
SPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)

PSC = ' xmlns:psc="http://podlove.org/simple-chapters"'
CHAPTERS = "<psc:chapters version='1.2'><psc:chapter title='No start'/></psc:chapters>"
GML = ' xmlns:gml="http://www.opengis.net/gml"'


def rss(inside: str, channel: str = "<title>F</title>", head: str = "") -> str:
    return (
        f"{head}<rss version='2.0' {SPACES}><channel>{channel}<item>{inside}</item></channel></rss>"
    )


def atom(inside: str, more: str = "") -> str:
    return (
        f"<feed xmlns='http://www.w3.org/2005/Atom' {SPACES}><title>F</title>{more}"
        f"<entry>{inside}</entry></feed>"
    )


def rdf(inside: str, about: str = "") -> str:
    return (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
        f" xmlns='http://purl.org/rss/1.0/' {SPACES}><channel><title>F</title></channel>"
        f"<item {about}>{inside}</item></rdf:RDF>"
    )


def read(body: bytes | str, content_type: str = "") -> Feed:
    return parse(body if isinstance(body, bytes) else body.encode(), content_type, HERE, NOW)


def only(body: bytes | str, content_type: str = "") -> Entry:
    [entry] = read(body, content_type).entries
    return entry


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("How to use &lt;canvas&gt; and &lt;div&gt;", "How to use <canvas> and <div>"),
        ("The &lt;b&gt; tag, explained", "The <b> tag, explained"),
        ("A &lt;b&gt;bold&lt;/b&gt; &lt;sup&gt;1&lt;/sup&gt; move", "A bold 1 move"),
        ("Two&lt;br /&gt;lines", "Two lines"),
        ("Vec&lt;T&gt; explained", "Vec<T> explained"),
        ("AT&amp;amp;amp;T", "AT&T"),
        ("&amp;lt;b&amp;gt;Bold&amp;lt;/b&amp;gt; twice", "Bold twice"),
        ("A &copy; B &hellip;", "A © B …"),
        ("a < b & c", "a < b & c"),
    ],
)
def test_titles_keep_their_words_and_lose_their_markup(title: str, headline: str):
    assert only(rss(f"<title>{title}</title>")).headline == headline


def test_titles_that_were_escaped_twice_in_other_formats():
    assert only(atom("<title>Don&amp;#8217;t &amp;amp; won&amp;#39;t</title>")).headline == (
        "Don’t & won't"
    )
    assert only(rdf("<title>AT&amp;amp;T</title>")).headline == "AT&T"
    body = json.dumps({"title": "Q &amp; A", "items": [{"id": "1", "title": "Don&#8217;t"}]})
    assert (read(body).title, only(body).headline) == ("Q & A", "Don’t")


@pytest.mark.parametrize(
    ("inside", "headline"),
    [
        (
            "<description>&lt;p&gt;On #birds &amp;amp; x_y_z&lt;/p&gt;</description>",
            "On #birds & x_y_z",
        ),
        ("<description>&lt;h2&gt;Head&lt;/h2&gt;&lt;p&gt;x&lt;/p&gt;</description>", "Head"),
        ("<description>&lt;ul&gt;&lt;li&gt;First&lt;/li&gt;&lt;/ul&gt;</description>", "First"),
        ("<enclosure url='https://e.test/show-12.mp3' type='audio/mpeg'/>", "show 12"),
        ("<link>https://e.test/%C3%BCber-uns</link>", "über uns"),
        ("<itunes:title>By its show</itunes:title><link>https://e.test/1</link>", "By its show"),
    ],
)
def test_headlines_for_what_has_no_title(inside: str, headline: str):
    assert only(rss(inside)).headline == headline


def test_no_story_is_empty():
    assert only(rss("<title>Only *this*</title>")).content == "Only \\*this\\*"
    film = only(rss("<title>T</title><enclosure url='https://e.test/a.mp4' type='video/mp4'/>"))
    assert film.content == "[Find it at e.test](https://e.test/a.mp4)"


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (rss("<guid>https://e.test/1</guid>"), "https://e.test/1"),
        (rss("<guid isPermaLink='false'>https://e.test/1</guid>"), None),
        (rss("<guid>HTTPS://E.test/1</guid>"), "https://e.test/1"),
        (rss("<guid>1234</guid><title>x</title>"), None),
        (rss("<guid>/posts/7</guid><title>x</title>"), "https://example.org/posts/7"),
        (rdf("<title>x</title>", "rdf:about='https://e.test/2'"), "https://e.test/2"),
        (atom("<title>x</title><id>https://e.test/3</id>"), "https://e.test/3"),
        (atom("<title>x</title><id>me</id>"), None),
        (atom("<content src='https://e.test/4' type='text/html'/>"), "https://e.test/4"),
        (rss("<link>www.e.test/5</link>"), "http://www.e.test/5"),
        (rss("<link>https://bücher.example/1</link>"), "https://xn--bcher-kva.example/1"),
        (rss("<link>\n https://e.test/a b \n</link>"), "https://e.test/a%20b"),
        (rss("<link>/1</link>", "<link>https://site.test/x/</link>"), "https://site.test/1"),
        ('{"items":[{"id":"https://e.test/6"}]}', "https://e.test/6"),
        ('{"items":[{"id":"6"}]}', None),
    ],
)
def test_where_an_entry_lives(body: str, url: str | None):
    assert only(body).url == url


def test_ids_stay_as_they_are_when_a_feed_moves():
    body = rss("<guid>1234</guid><title>x</title>").encode()
    ids = {parse(body, "", url, NOW).entries[0].guid for url in (HERE, "https://new.test/feed")}
    assert ids == {"1234"}


def test_relative_links_in_a_text_are_read_from_its_page():
    text = "<description>&lt;a href='b.html'&gt;b&lt;/a&gt;</description>"
    page = "<link>https://example.org/2026/a.html</link>"
    assert only(rss(text + page)).content == "[b](https://example.org/2026/b.html)"
    based = rss(text + page).replace("<item>", "<item xml:base='https://base.test/x/'>")
    assert only(based).content == "[b](https://base.test/x/b.html)"


@pytest.mark.parametrize(
    ("body", "author"),
    [
        (atom("<author><name>Ann</name></author><author><name>Bob</name></author>"), "Ann, Bob"),
        (atom("<title>T</title>", "<author><name>Ann</name></author>"), "Ann"),
        (rss("<dc:creator>Ann</dc:creator><author>noreply@e.test</author>"), "Ann"),
        (rss("<author>ann@e.test (Ann Lee)</author>"), "Ann Lee"),
        (rss("<dc:creator>Ann Lee (mailto:ann@e.test)</dc:creator>"), "Ann Lee"),
        (rss("<author>ann@e.test</author>"), "ann@e.test"),
        (rss("<author>&amp;lt;b&amp;gt;Ann&amp;lt;/b&amp;gt;</author>"), "Ann"),
        (rss("<title>T</title>", "<itunes:author>The Show</itunes:author>"), "The Show"),
        (rss("<title>T</title>", "<managingEditor>ed@e.test</managingEditor>"), ""),
        (rdf("<dc:creator>&lt;a href='/a'&gt;Ann&lt;/a&gt; (Uni)</dc:creator>"), "Ann (Uni)"),
        ('{"author":{"name":"Ann"},"items":[{"id":"1"}]}', "Ann"),
        ('{"items":[{"id":"1","authors":{"name":"Ann"}}]}', "Ann"),
    ],
)
def test_who_wrote(body: str, author: str):
    assert only(body).author == author


def test_the_widest_picture_and_no_portrait_stands_at_the_head():
    pictures = "".join(
        f"<media:content url='https://{where}' medium='image' width='{width}'/>"
        for where, width in [
            ("secure.gravatar.com/avatar/1", 2000),
            ("e.test/small.jpg", 140),
            ("e.test/large.jpg", 1200),
        ]
    )
    [picture] = only(rss(f"<title>T</title>{pictures}")).attached
    assert picture.url == "https://e.test/large.jpg"


@pytest.mark.parametrize(
    ("body", "url"),
    [
        # Atom's links may leave out what kind they lead to, and others say it wrongly.
        (atom("<link rel='enclosure' href='https://e.test/a.mp3'/>"), "https://e.test/a.mp3"),
        (
            rss("<enclosure url='https://e.test/a.flac' type='text/plain'/>"),
            "https://e.test/a.flac",
        ),
        (rss("<enclosure url='https://e.test/a.oga' type='ogg'/>"), "https://e.test/a.oga"),
        (atom("<link rel='enclosure' href='https://e.test/a' type='text/html'/>"), None),
        (rss("<enclosure type='audio/mpeg' length='5'/><title>No address</title>"), None),
    ],
)
def test_recordings_of_which_little_is_said(body: str, url: str | None):
    assert [(one.url, one.kind) for one in only(body).attached] == ([(url, "audio")] if url else [])


@pytest.mark.parametrize(
    "body",
    [
        "<CHANNEL HREF='https://e.test/'><TITLE>F</TITLE></CHANNEL>",
        "<CHANNEL HREF='https://e.test/' LASTMOD='2004-02-02T08:00'/>",
        "<RDF:RDF xmlns:RDF='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
        " xmlns='http://channel.netscape.com/rdf/simple/0.9/'></RDF:RDF>",
        "<rss version='2.0'><channel><title>F</title></channel></rss",
    ],
)
def test_the_oldest_feeds_may_be_empty(body: str):
    assert read(body).entries == ()


def test_a_feed_that_lies_packed_on_its_server():
    packed = gzip.compress(rss("<title>T</title>").encode())
    assert only(packed).headline == "T"
    assert only(gzip.compress(b'{"items":[{"id":"1","title":"J"}]}')).headline == "J"
    # What would grow beyond measure is cut.
    with pytest.raises(Unreadable, match="empty"):
        read(gzip.compress(b" " * 40_000_000 + rss("<title>T</title>").encode()))
    with pytest.raises(Unreadable, match="neither RSS"):
        read(packed[:2] + b"no" * 50)


@pytest.mark.parametrize("body", [b"\xff" * 4_000_000, b"<" * 4_000_000, b"<p>" * 1_000_000])
def test_what_has_nothing_of_a_feed_is_refused_at_once(body: bytes):
    began = time.process_time()
    with pytest.raises(Unreadable, match="neither RSS"):
        read(body)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_feed_without_end_the_newest_entries_are_read(order: int):
    numbers = range(50_000)[::order]
    dates = ((NOW - timedelta(hours=n)).isoformat() for n in numbers)
    items = (
        f"<item><title>Hour {n}</title><link>https://e.test/{n}</link><dc:date>{date}</dc:date></item>"
        for n, date in zip(numbers, dates, strict=True)
    )
    body = f"<rss version='2.0' {SPACES}><channel><title>F</title>{''.join(items)}</channel></rss>"
    began = time.process_time()
    feed = read(body)
    assert time.process_time() - began < 5
    assert [entry.headline for entry in feed.entries] == [f"Hour {n}" for n in range(500)]


def test_the_beginning_of_an_entry_in_a_feed_that_breaks_off_is_none():
    feed = read("<rss version='2.0'><channel><item><title>One</title></item><item><title>Tw")
    assert [entry.headline for entry in feed.entries] == ["One"]


def test_words_without_tags_keep_their_lines_where_they_were_meant():
    wrapped = "A line that somebody's program has wrapped at about sixty\ncharacters, as many do."
    assert "\\\n" not in only(rss(f"<description>{wrapped}</description>")).content
    meant = f"{wrapped}\n\n0:00 Start\n1:30 The middle &amp;amp; more"
    [_, chapters] = only(rss(f"<description>{meant}</description>")).content.split("\n\n")
    assert chapters == "0:00 Start\\\n1:30 The middle & more"
    moved_in = "\n    Words of a feed\n    that is laid out.\n"
    entry = only(rss(f"<description>{moved_in}</description>"))
    assert entry.content == "Words of a feed that is laid out."


def test_a_text_that_was_escaped_twice():
    entry = only(
        rss("<description>&amp;lt;p&amp;gt;Hi &amp;lt;b&amp;gt;you&amp;lt;/b&amp;gt;</description>")
    )
    assert entry.content == "Hi **you**"
    entry = only(rss("<description>The &amp;lt;p&amp;gt; tag</description>"))
    assert entry.content == "The \\<p> tag"


@pytest.mark.parametrize(
    ("body", "headline"),
    [
        # A byte of an older encoding among much that is UTF-8.
        (rss("<title>Grüße – it@s</title>").encode().replace(b"@", b"\x92"), "Grüße – it’s"),
        (rss("<title>a &#0;&#31;&#xFFFF;b</title>").encode(), "a b"),
        (rss("<title>&#55357;&#56832;</title>").encode(), "😀"),
        (rss("<title>&#226;&#128;&#153;</title>").encode(), "’"),
        (rss("<title>It&#146;s &#x93;on&#x94; &#133;</title>").encode(), "It’s “on” …"),
        (rss("<title>A &eacute; &amp; B</title>", head="<!DOCTYPE rss SYSTEM 'x.dtd'>"), "A é & B"),
        ('{"items":[{"id":"1","title":"Grüße"}]}'.encode("latin-1"), "Grüße"),
        ('{"items":[{"id":"1","title":"two\nlines"}]} <!-- cached -->', "two lines"),
    ],
)
def test_one_small_fault_does_not_spoil_a_feed(body: bytes | str, headline: str):
    assert only(body).headline == headline


@pytest.mark.parametrize(
    ("body", "headline"),
    [
        (rss("<title>T</title><enclosure url='http://[' type='audio/mpeg'/>"), "T"),
        (rss("<title>T</title><description xml:base='http://['>x</description>"), "T"),
        (rss("<title>T</title><link>http://[</link>", "<link>http://[/</link>"), "T"),
        # The parser falls over these, in feeds that have them out of order.
        (rss(f"<title>T</title>{CHAPTERS}").replace(SPACES, SPACES + PSC), "T"),
        (rss("<title>T</title>", "<title>F</title></width><image></height></image>"), "T"),
        (rss("<title>T</title><gml:posList>1 2</gml:posList>").replace(SPACES, SPACES + GML), "T"),
    ],
)
def test_what_nobody_needs_does_not_spoil_a_feed(body: str, headline: str):
    assert only(body).headline == headline


@pytest.mark.parametrize(
    "text",
    [
        "[a](" * 100_000,
        "\\[" * 200_000,
        "`*_[" * 200_000,
        "&amp;amp;" * 100_000,
        "&#55357;" * 200_000,
    ],
)
def test_hostile_texts_take_no_time(text: str):
    began = time.monotonic()
    entry = only(rss(f"<description>{text}</description><author>{'(' * 50_000}a@</author>"))
    assert entry.headline
    only(rss(f"<title>{text}</title>"))
    assert time.monotonic() - began < 20
