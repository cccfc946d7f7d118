"""Saving from anywhere: an address, a look at what was found, a story."""

import re
from collections.abc import Iterator
from html import escape, unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from extensions import db
from models import MediaAsset, MediaKeep, NewsStory, User
from tests.factories import make_story, make_user
from tests.limited import allowing
from tests.live import with_settings
from tests.samples import photo
from tests.servers.web import Web, reply, serving
from tests.services.test_saving import PAGE, TEXT


@pytest.fixture
def web(app: Flask) -> Iterator[Web]:
    before = app.config["SETTINGS"]
    with serving() as site:
        app.config["SETTINGS"] = with_settings(app, fetch_allowed_hosts=site.place)
        site.pages["/story"] = reply(PAGE, type="text/html; charset=utf-8")
        site.pages["/lead.jpg"] = reply(photo(), type="image/jpeg")
        yield site
    app.config["SETTINGS"] = before


def filled(page: str) -> dict[str, str]:
    """Return the form of a page as a browser would send it."""
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page))
    content = re.search(r'<textarea[^>]*name="content"[^>]*>\r?\n?(.*?)</textarea>', page, re.S)
    assert content
    return fields | {"content": content[1]}


def test_a_link_only_fills_in_the_address(me: FlaskClient, web: Web):
    page = me.get("/news/save", query_string={"url": web.url("/story")}).text
    assert web.url("/story") in page
    assert 'type="submit" autofocus' in page
    shared = me.get("/news/save", query_string={"title": "x", "text": f"See {web.url('/story')}."})
    assert f'value="{web.url("/story")}"' in shared.text
    assert web.asked == []
    for odd in ("%00", "%ff", "javascript:alert(1)", "x" * 3000):
        assert me.get(f"/news/save?url={odd}").status_code == 200


def test_what_was_found_is_shown_then_kept_with_its_picture(me: FlaskClient, web: Web):
    shown = me.post("/news/save", data={"url": web.url("/story")})
    assert shown.status_code == 200
    assert db.session.scalars(select(NewsStory)).all() == []
    form = filled(shown.text)
    assert form["headline"] == "The harbour is closed"
    assert form["source_url"] == web.url("/story")
    assert form["published_at"].startswith("2026-03-01T08:00")
    assert "*Ada Byron*" in form["content"]
    assert 'src="data:image/webp;base64,' in shown.text
    assert 'name="files"' not in shown.text
    reply = me.post("/news/save/story", data=form | {"headline": "Corrected", "keep_picture": "y"})
    assert reply.status_code == 303
    story = db.session.scalars(select(NewsStory)).one()
    assert (story.headline, story.source_url) == ("Corrected", web.url("/story"))
    assert TEXT in story.content
    assert db.session.scalars(select(MediaAsset.news_id)).all() == [story.id]


def test_the_pictures_in_the_text_are_kept_too(me: FlaskClient, web: Web):
    form = filled(me.post("/news/save", data={"url": web.url("/story")}).text)
    form["content"] += f"\n\n![x]({web.url('/in.png')}) ![y]({web.url('/lead.jpg')})"
    form.pop("keep_picture", None)
    again = me.post("/news/save/story", data=form | {"headline": ""}).text
    assert "Keep it, and the 2 in the text" in again
    me.post("/news/save/story", data=form | {"keep_picture": "y"})
    lead, inside = db.session.scalars(select(MediaAsset).order_by(MediaAsset.created_at)).all()
    # The one at the head is there already.
    assert (lead.metadata_["kept_from"], bool(lead.storage_key)) == (web.url("/lead.jpg"), True)
    assert (inside.url, inside.arrived) == (web.url("/in.png"), True)
    assert db.session.scalars(select(MediaKeep.media_id)).all() == [inside.id]


def test_a_picture_is_kept_only_when_wished(me: FlaskClient, web: Web):
    form = filled(me.post("/news/save", data={"url": web.url("/story")}).text)
    form.pop("keep_picture", None)
    assert me.post("/news/save/story", data=form).status_code == 303
    assert db.session.scalars(select(MediaAsset)).all() == []


def test_a_picture_that_is_gone_does_not_cost_the_story(me: FlaskClient, web: Web):
    form = filled(me.post("/news/save", data={"url": web.url("/story")}).text)
    del web.pages["/lead.jpg"]
    saved = me.post(
        "/news/save/story", data=form | {"keep_picture": "y"}, follow_redirects=True
    ).text
    assert "without its picture" in saved
    assert len(db.session.scalars(select(NewsStory)).all()) == 1


def test_a_failure_keeps_the_address_and_offers_to_write_by_hand(me: FlaskClient, web: Web):
    address = web.url("/gone")
    page = me.post("/news/save", data={"url": address})
    assert page.status_code == 422
    assert "has nothing at this address" in page.text
    assert f'value="{address}"' in page.text
    link = re.search(r'href="(/news/new\?source_url=[^"]+)"', page.text)
    assert link
    assert f'value="{address}"' in me.get(link[1]).text


def test_a_feed_is_offered_to_be_followed(me: FlaskClient, web: Web):
    web.pages["/feed"] = reply("<rss/>", type="application/rss+xml")
    address = web.url("/feed?a=1&b=2")
    web.pages["/feed?a=1&b=2"] = web.pages["/feed"]
    page = me.post("/news/save", data={"url": address})
    assert page.status_code == 422
    link = re.search(r'href="(/sources/new[^"]+)">.*Follow it</a>', page.text)
    assert link
    assert f'value="{escape(address)}"' in me.get(unescape(link[1])).text
    gone = me.post("/news/save", data={"url": web.url("/gone")})
    assert "Follow it" not in gone.text


@pytest.mark.parametrize("address", ["", "x", "ftp://news.test/", "http://" + "x" * 2000])
def test_what_is_no_address_is_refused_with_what_was_typed(me: FlaskClient, address: str):
    page = me.post("/news/save", data={"url": address})
    assert page.status_code == 422
    assert f'value="{address}"' in page.text


def test_private_addresses_are_not_fetched(me: FlaskClient):
    page = me.post("/news/save", data={"url": "http://127.0.0.1/"})
    assert page.status_code == 422
    assert "not on the public internet" in page.text


def test_an_address_that_is_kept_leads_to_its_story(me: FlaskClient, reader: User, web: Web):
    story = make_story(reader, "Kept before", source_url=web.url("/story"))
    for page in (
        me.get("/news/save", query_string={"url": web.url("/story")}),
        me.post("/news/save", data={"url": web.url("/story")}),
    ):
        assert f'href="/news/{story.id}"' in page.text
        assert "You keep this already" in page.text
    assert web.asked == []
    form = {"headline": "x", "content": "y", "source_url": web.url("/story")}
    refused = me.post("/news/save/story", data=form)
    assert refused.status_code == 422
    assert f'href="/news/{story.id}"' in refused.text


def test_a_form_that_is_refused_keeps_the_picture_and_the_words(me: FlaskClient, web: Web):
    form = filled(me.post("/news/save", data={"url": web.url("/story")}).text)
    refused = me.post("/news/save/story", data=form | {"headline": "", "keep_picture": "y"})
    assert refused.status_code == 422
    assert "Give the story a headline." in refused.text
    assert 'src="data:image/webp;base64,' in refused.text
    assert 'action="/news/save/story"' in refused.text


def test_only_a_picture_is_shown_as_one(me: FlaskClient):
    form = {"headline": "", "content": "x", "picture": "http://x", "thumbnail": "https://spy.test"}
    assert 'src="https://spy.test' not in me.post("/news/save/story", data=form).text


def test_a_full_plan_is_told_and_nothing_is_lost(app: Flask, me: FlaskClient, reader: User):
    make_story(reader)
    with allowing(app, stories=1):
        page = me.post("/news/save/story", data={"headline": "Typed", "content": "y"})
    assert page.status_code == 422
    assert 'value="Typed"' in page.text
    assert "there is no room" in page.text


def test_the_phones_share_sheet_and_the_pages_lead_there(me: FlaskClient):
    manifest = me.get("/static/manifest.webmanifest").get_json(force=True)
    target = manifest["share_target"]
    assert (target["action"], target["method"]) == ("/news/save", "GET")
    for path in ("/", "/news/", "/news/new", "/account"):
        assert 'href="/news/save"' in me.get(path).text


def test_who_saves_while_many_pages_are_read_is_told_to_try_again(
    me: FlaskClient, web: Web, busy_children: None
):
    shown = me.post("/news/save", data={"url": web.url("/story")})
    assert shown.status_code == 422
    assert "Try again in a minute" in shown.text
    assert web.url("/story") in shown.text


def test_the_article_of_a_story_is_fetched_anew_and_kept_once_looked_at(
    me: FlaskClient, web: Web, reader: User
):
    story = make_story(reader, "A teaser", content="Read more", source_url=web.url("/story"))
    place = f"/news/{story.id}"
    assert f'action="{place}/whole"' in me.get(place).text
    page = me.post(f"{place}/whole").text
    assert "takes the place of the story" in page
    assert re.search(f'<form class="desk-form"[^>]* action="{place}/edit"', page)
    form = filled(page)
    assert TEXT in unescape(form["content"])
    assert form["headline"] == "A teaser"
    assert "Read more" in me.get(place).text
    assert me.post(f"{place}/edit", data=form).status_code == 303
    assert TEXT in me.get(place).text


def test_what_can_not_be_fetched_anew_leaves_the_story(me: FlaskClient, web: Web, reader: User):
    story = make_story(reader, content="Read more", source_url=web.url("/gone"))
    page = me.post(f"/news/{story.id}/whole", follow_redirects=True).text
    assert "has nothing at this address" in page
    assert "Read more" in page
    for other in (make_story(reader), make_story(make_user(), source_url=web.url("/story"))):
        assert me.post(f"/news/{other.id}/whole").status_code == 404
    assert "/whole" not in me.get(f"/news/{make_story(reader).id}").text
