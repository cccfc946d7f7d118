import gzip
from io import BytesIO
from uuid import uuid4
from xml.etree.ElementTree import fromstring

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from extensions import db
from models import NewsStory, Source, SourceState, User
from tests.conftest import signed_in
from tests.factories import make_story, make_track, make_user
from tests.feeding import feed, headlines, item, make_source, rss, stories, visit
from tests.live import with_settings
from tests.samples import image
from tests.servers.web import Web, reply, serving

PAGE = """<html><head><title>A site</title>{links}</head><body>Hello</body></html>"""
LINK = '<link rel="alternate" type="application/{kind}+xml" title="{title}" href="{href}">'


@pytest.fixture
def web(app: Flask, transaction: None):
    before = app.config["SETTINGS"]
    with serving() as running:
        app.config["SETTINGS"] = with_settings(
            app, fetch_allowed_hosts=running.place, fetch_timeout=3.0
        )
        yield running
    app.config["SETTINGS"] = before


def sources() -> list[Source]:
    db.session.expire_all()
    return list(db.session.scalars(select(Source).order_by(Source.url)))


def test_the_list_is_empty_at_first_and_says_how_sources_get_there(me: FlaskClient):
    page = me.get("/sources/").text
    assert "Let the news come to you" in page
    assert "/sources/new" in page


def test_a_feed_is_followed_by_its_address(web: Web, me: FlaskClient, reader: User):
    web.pages["/feed"] = feed(item(1))
    reply_ = me.post("/sources/new", data={"url": web.url("/feed")})
    assert reply_.status_code == 303
    [source] = sources()
    assert reply_.headers["Location"] == f"/sources/{source.id}"
    assert (source.title, source.state) == ("The Daily Test", SourceState.ACTIVE)
    assert "Fetching" in me.get(f"/sources/{source.id}").text
    visit(source)
    page = me.get(f"/sources/{source.id}").text
    assert "Item 1" in page
    assert 'hx-trigger="every' not in page
    assert "Active" in page
    assert "Item 1" in me.get("/news/").text


@pytest.mark.parametrize(
    "body",
    [
        rss(item(1)).replace(b"UTF-8", b"utf-16").decode().encode("utf-16"),
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": []}',
        b"<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>A</a:title></a:feed>",
        gzip.compress(rss(item(1))),
    ],
)
def test_a_feed_is_one_also_where_the_server_says_page(web: Web, me: FlaskClient, body: bytes):
    web.pages["/feed"] = reply(body, type="text/html")
    assert me.post("/sources/new", data={"url": web.url("/feed")}).status_code == 303
    [source] = sources()
    assert (visit(source).error, source.failures) == (None, 0)


def test_a_site_with_one_feed_leads_to_it(web: Web, me: FlaskClient):
    links = LINK.format(kind="rss", title="Everything", href="/feed.xml")
    web.pages["/"] = reply(PAGE.format(links=links))
    # Typed as people type it; there is no encryption, so that the plain address is tried next.
    assert me.post("/sources/new", data={"url": web.place}).status_code == 303
    assert [one.url for one in sources()] == [web.url("/feed.xml")]


def test_a_site_with_several_feeds_lets_one_choose(web: Web, me: FlaskClient):
    links = (
        LINK.format(kind="rss", title="Comments", href="/comments.xml")
        + LINK.format(kind="atom", title="News &amp; more", href="news.atom")
        + '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">'
        + '<link rel="alternate" type="application/json+oembed" href="/oembed">'
    )
    web.pages["/"] = reply(PAGE.format(links=links))
    page = me.post("/sources/new", data={"url": web.url("/")})
    assert page.status_code == 200
    assert "has 2 feeds" in page.text
    assert page.text.index("News &amp; more") < page.text.index("Comments")
    assert "javascript:" not in page.text.split("<main")[1]
    data = {"url": web.url("/"), "feed": [web.url("/news.atom"), web.url("/comments.xml")]}
    assert me.post("/sources/new", data=data).headers["Location"] == "/sources/"
    assert len(sources()) == 2
    assert me.post("/sources/new", data=data).status_code == 303
    assert len(sources()) == 2


def test_a_site_that_names_none_is_looked_through_at_the_usual_places(web: Web, me: FlaskClient):
    web.pages["/"] = reply(PAGE.format(links=""))
    web.pages["/rss.xml"] = feed(item(1))
    assert me.post("/sources/new", data={"url": web.url("/")}).status_code == 303
    assert sources()[0].url == web.url("/rss.xml")
    web.pages.pop("/rss.xml")
    refused = me.post("/sources/new", data={"url": web.url("/")})
    assert refused.status_code == 422
    assert "names no feed" in refused.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the address"),
        ("http://127.0.0.1:1/", "not on the public internet"),
        ("http://localhost/", "not on the public internet"),
        ("http://169.254.169.254/latest/", "not on the public internet"),
        ("file:///etc/passwd", "http:// or https://"),
        ("javascript:alert(1)", "http:// or https://"),
        ("http://user:secret@example.org/", "user name or password"),
        ("http://2130706433/", "not the name of a site"),
    ],
)
def test_what_cannot_be_fetched_is_refused_in_words(web: Web, me: FlaskClient, typed, words):
    refused = me.post("/sources/new", data={"url": typed})
    assert refused.status_code == 422
    assert words in refused.text
    assert sources() == []


def test_what_is_followed_already_is_named(web: Web, me: FlaskClient, reader: User):
    source = make_source(reader, web.url("/feed"), title="The one")
    web.pages["/feed"] = feed(item(1))
    refused = me.post("/sources/new", data={"url": web.url("/feed")})
    assert refused.status_code == 422
    assert f"/sources/{source.id}" in refused.text
    assert "The one" in refused.text


def test_a_failing_source_is_counted_everywhere_and_says_why(web: Web, me: FlaskClient, reader):
    web.pages["/feed"] = reply("<html>no feed", 200)
    source = visit(make_source(reader, web.url("/feed")))
    for path in ("/", "/news/", "/sources/"):
        assert '1<span class="visually-hidden"> can\'t be fetched' in me.get(path).text
    listed = me.get("/sources/").text
    assert "Failing" in listed
    assert "This is a web page, not a feed." in listed
    shown = me.get(f"/sources/{source.id}").text
    assert "This is a web page, not a feed." in shown
    assert "Tried once" in shown
    assert "next try is in" in shown


def test_nothing_is_counted_when_all_is_well(web: Web, me: FlaskClient, reader: User):
    make_source(reader, web.url("/feed"))
    assert "can't be fetched" not in me.get("/").text


def test_pausing_resuming_and_refreshing(web: Web, me: FlaskClient, reader: User):
    web.pages["/feed"] = feed(item(1))
    source = visit(make_source(reader, web.url("/feed")))
    path = f"/sources/{source.id}"
    assert me.post(f"{path}/pause").headers["Location"] == path
    assert sources()[0].state is SourceState.PAUSED
    assert "Paused" in me.get(path).text
    assert not sources()[0].wanted
    me.post(f"{path}/refresh", data={"list": "1"})
    assert sources()[0].wanted
    visit(source)
    assert sources()[0].state is SourceState.PAUSED
    me.post(f"{path}/resume")
    assert sources()[0].state is SourceState.ACTIVE


def test_a_source_is_edited(web: Web, me: FlaskClient, reader: User):
    source = make_source(reader, web.url("/feed"), title="Theirs", etag='"1"')
    path = f"/sources/{source.id}/edit"
    assert web.url("/feed") in me.get(path).text
    data = {"name": "Mine", "url": web.url("/feed"), "full_text": "y", "keep_last": "50"}
    assert me.post(path, data=data).status_code == 303
    [kept] = sources()
    assert (kept.name, kept.full_text, kept.auto_narrate, kept.keep_last) == (
        "Mine",
        True,
        False,
        50,
    )
    assert kept.etag == '"1"'
    me.post(path, data=data | {"url": web.url("/moved"), "keep_last": ""})
    [moved] = sources()
    assert (moved.url, moved.etag, moved.keep_last) == (web.url("/moved"), "", None)
    for wrong in ({"url": "ftp://x"}, {"keep_last": "0"}, {"keep_last": "many"}):
        refused = me.post(path, data=data | wrong)
        assert refused.status_code == 422
        assert "Mine" in refused.text
    make_source(reader, web.url("/other"))
    assert "You follow this already" in me.post(path, data=data | {"url": web.url("/other")}).text


def test_leaving_keeps_the_stories_unless_one_says_otherwise(web: Web, me: FlaskClient, reader):
    web.pages["/feed"] = feed(item(1), item(2))
    source = visit(make_source(reader, web.url("/feed")))
    make_track(reader, stories(reader)[0])
    path = f"/sources/{source.id}/delete"
    assert "Its 2 stories stay" in me.get(path).text
    assert me.post(path).status_code == 303
    assert sources() == []
    assert len(headlines(reader)) == 2
    web.pages["/feed2"] = feed(item(3), item(4))
    source = visit(make_source(reader, web.url("/feed2")))
    narrated = next(one for one in stories(reader) if one.headline == "Item 3")
    make_track(reader, narrated)
    me.post(f"/sources/{source.id}/delete", data={"with_stories": "y"})
    assert sorted(headlines(reader)) == ["Item 1", "Item 2", "Item 3"]


def test_lists_go_out_and_in(web: Web, app: Flask, me: FlaskClient, reader: User):
    make_source(reader, web.url("/a?x=1&y=2"), title="A <b> & c", site_url="https://a.test/")
    make_source(reader, web.url("/b"), name="Named")
    sent = me.get("/sources/export.opml")
    assert "attachment" in sent.headers["Content-Disposition"]
    root = fromstring(sent.data)
    assert [one.get("xmlUrl") for one in root.iter("outline")] == [
        web.url("/a?x=1&y=2"),
        web.url("/b"),
    ]
    other = signed_in(app, make_user())
    result = other.post("/sources/import", data={"files": (BytesIO(sent.data), "list.opml")})
    assert result.status_code == 200
    assert "2 of 2 added" in result.text
    again = other.post("/sources/import", data={"files": (BytesIO(sent.data), "list.opml")})
    assert "0 of 2 added" in again.text
    assert "Followed already" in again.text
    assert len(sources()) == 4


def test_lists_of_other_readers_are_taken_as_they_are(web: Web, me: FlaskClient):
    body = b"""<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE opml>
      <opml version="1.0"><body><outline text="Folder"><outline text="Caf\xe9" type="rss"
      xmlUrl="https://a.test/?a=1&b=2"/></outline><outline title="Local"
      xmlUrl="file:///etc/passwd"/><outline text="Twice" xmlUrl="https://a.test/?a=1&amp;b=2"/>
      </body></opml>"""
    result = me.post("/sources/import", data={"files": (BytesIO(body), "x.opml")}).text
    assert "1 of 3 added" in result
    assert "Café" in result
    [source] = sources()
    # What its reader calls it stays, whatever it calls itself once it was visited.
    assert (source.name, source.title) == ("Café", "")
    assert "Only addresses that start with http" in result


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<opml><body></body></opml>",
        b"<html><outline xmlUrl='https://a.test/'/></html>",
        b'<!DOCTYPE o [<!ENTITY a "b">]><opml><outline xmlUrl="https://a.test/" text="&a;"/></opml>',
        b'<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml><outline xmlUrl="&a;"/></opml>',
    ],
)
def test_what_is_no_list_is_refused(me: FlaskClient, body: bytes):
    refused = me.post("/sources/import", data={"files": (BytesIO(body), "x.opml")})
    assert refused.status_code == 422
    assert sources() == []
    assert me.post("/sources/import").status_code == 422


def test_another_readers_source_is_a_404(app: Flask, web: Web, me: FlaskClient):
    theirs = make_source(make_user(), web.url("/feed"))
    for method, path in (
        ("get", ""),
        ("get", "/edit"),
        ("post", "/edit"),
        ("post", "/refresh"),
        ("post", "/pause"),
        ("post", "/resume"),
        ("get", "/delete"),
        ("post", "/delete"),
    ):
        assert getattr(me, method)(f"/sources/{theirs.id}{path}").status_code == 404
        assert getattr(me, method)(f"/sources/{uuid4()}{path}").status_code == 404
    assert len(sources()) == 1


def test_nothing_that_a_feed_says_becomes_markup(web: Web, me: FlaskClient, reader: User):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    web.pages["/feed"] = feed(item(1, evil, title=evil))
    source = visit(make_source(reader, web.url("/feed")))
    [story] = stories(reader)
    for path in (f"/sources/{source.id}", f"/news/{story.id}", "/news/", "/"):
        page = me.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "onerror" not in page


def test_a_story_names_its_sources_and_what_lives_elsewhere(web: Web, me: FlaskClient, reader):
    web.pages["/one.png"] = reply(image(size=(900, 600)), type="image/png")
    web.pages["/a"] = feed(
        item(
            1,
            f'<img src="{web.url("/one.png")}">',
            raw='<enclosure url="https://e.org/a.mp3" type="audio/mpeg"/>',
        )
    )
    web.pages["/b"] = feed(item(1, guid="b"))
    visit(make_source(reader, web.url("/a"), name="First"))
    visit(make_source(reader, web.url("/b"), name="Second"))
    [story] = stories(reader)
    page = me.get(f"/news/{story.id}").text
    assert "From <a" in page
    assert page.index("First") < page.index("also seen in") < page.index("Second")
    assert "https://e.org/a.mp3" in page
    assert "/thumbnail" in page
    assert page.count('/keep"') == 1
    assert f'action="/news/{story.id}/pictures"' in page
    listed = me.get("/news/").text
    assert "/thumbnail" in listed


def test_stories_of_the_tests_are_where_they_should_be(reader: User):
    make_story(reader)
    assert db.session.query(NewsStory).count() == 1
