"""The pictures of a story's text on its page, and having them kept."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from extensions import db
from models import MediaAsset, MediaKeep, User
from tests.blueprints.test_media_keeping import HTMX, work
from tests.factories import make_asset, make_story, make_user
from tests.limited import allowing
from tests.live import with_settings
from tests.samples import image
from tests.servers.web import Web, reply, serving


@pytest.fixture
def web(app: Flask, transaction: None) -> Iterator[Web]:
    before = app.config["SETTINGS"]
    with serving() as running:
        app.config["SETTINGS"] = with_settings(
            app, fetch_allowed_hosts=running.place, fetch_timeout=3.0
        )
        for name in ("/one.png", "/two.png"):
            running.pages[name] = reply(image(size=(900, 600)), type="image/png")
        yield running
    app.config["SETTINGS"] = before


def text_of(page: str) -> str:
    found = re.search(r'<div id="story-text"[^>]*>(.*?)</div>', page, re.S)
    assert found
    return found[1]


def test_pictures_come_into_the_text_once_they_are_asked_for(
    web: Web, me: FlaskClient, reader: User
):
    one, two = web.url("/one.png"), web.url("/two.png")
    story = make_story(reader, content=f"First.\n\n![A *bell*]({one})\n\nThen ![]({two}).")
    path = f"/news/{story.id}"
    page = me.get(path).text
    assert "The 2 pictures in the text are only linked" in page
    assert f'<a href="{one}"' in text_of(page)
    assert "<img" not in text_of(page)
    assert web.asked == []

    answer = me.post(f"{path}/pictures", headers=HTMX).text
    assert "0 of 2 pictures are kept here" in answer
    assert f'hx-get="{path}/pictures" hx-trigger="every 2s"' in answer
    assert "story-text" not in answer
    assert work() == 2
    answer = me.get(f"{path}/pictures", headers=HTMX).text
    assert 'data-announce="The pictures are kept"' in answer
    assert "hx-trigger" not in answer
    assert 'hx-swap-oob="true"' in answer

    text = text_of(me.get(path).text)
    assert text in answer
    first, second = db.session.scalars(select(MediaAsset).order_by(MediaAsset.created_at)).all()
    size = 'width="900" height="600" loading="lazy" decoding="async"'
    assert f'<img src="/media/{first.id}/file" alt="A bell" {size}>' in text
    assert f'<a href="/media/{second.id}"' in text
    assert "text-pictures" not in me.get(path).text
    # Neither above the text nor behind it once more.
    assert me.get(path).text.count(f"/media/{first.id}/file") == 1
    assert "More pictures" not in me.get(path).text


def test_a_picture_that_opens_the_text_comes_above_it(web: Web, me: FlaskClient, reader: User):
    story = make_story(reader, content=f"![]({web.url('/one.png')})\n\nWords.")
    path = f"/news/{story.id}"
    assert 'id="story-lead" class="story__lead" hidden' in me.get(path).text
    me.post(f"{path}/pictures", headers=HTMX)
    work()
    answer = me.get(f"{path}/pictures", headers=HTMX).text
    asset = db.session.scalars(select(MediaAsset)).one()
    above = re.search(r'<figure id="story-lead".*?</figure>', answer, re.S)
    assert above
    assert 'hx-swap-oob="true"' in above[0]
    assert f'<img src="/media/{asset.id}/file"' in above[0]
    assert text_of(answer).strip() == "<p>Words.</p>"


def test_without_scripts_a_message_and_the_story_come(web: Web, me: FlaskClient, reader: User):
    story = make_story(reader, content=f"![]({web.url('/one.png')})")
    answer = me.post(f"/news/{story.id}/pictures")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/news/{story.id}")
    page = me.get(f"/news/{story.id}").text
    assert "The pictures are being kept." in page
    assert "0 of one picture is kept here" in page
    assert me.get(f"/news/{story.id}/pictures").status_code == 302


def test_what_fails_says_why_and_can_be_tried_again(web: Web, me: FlaskClient, reader: User):
    gone = web.url("/gone.png")
    story = make_story(reader, content=f"![]({gone})\n\n![]({web.url('/one.png')})")
    me.post(f"/news/{story.id}/pictures", headers=HTMX)
    work()
    answer = me.get(f"/news/{story.id}/pictures", headers=HTMX).text
    assert "1 of 2 pictures in the text is only linked" in answer
    assert "One could not be kept. " in answer
    assert "nothing at this address" in answer
    assert "Try again" in answer
    web.pages["/gone.png"] = web.pages["/one.png"]
    me.post(f"/news/{story.id}/pictures", headers=HTMX)
    assert work() == 1
    assert text_of(me.get(f"/news/{story.id}").text).count("<img") == 1


def test_what_is_deleted_while_it_comes_is_not_said_to_be_kept(me: FlaskClient, reader: User):
    story = make_story(reader, content="![](https://a.test/one.png)")
    me.post(f"/news/{story.id}/pictures", headers=HTMX)
    db.session.execute(delete(MediaAsset))
    db.session.commit()
    answer = me.get(f"/news/{story.id}/pictures", headers=HTMX).text
    assert 'data-announce="Not every picture is kept"' in answer
    assert "is only linked" in answer


def test_small_copies_are_shown_and_said_to_be_small(me: FlaskClient, reader: User):
    address = "https://a.test/one.jpg"
    story = make_story(reader, content=f"Words ![]({address})")
    asset = make_asset(reader, story, url=address, arrived=True, thumbnail_key="thumbnails/x.webp")
    page = me.get(f"/news/{story.id}").text
    assert f'<img src="/media/{asset.id}/thumbnail"' in text_of(page)
    assert "The picture in the text is a small copy" in page
    assert "From elsewhere" not in page


def test_a_picture_that_opens_the_text_is_shown_once(me: FlaskClient, reader: User):
    address = "https://a.test/one.jpg"
    story = make_story(reader, content=f"![]({address})\n\nWords.")
    asset = make_asset(reader, story, url=address, arrived=True, thumbnail_key="thumbnails/x.webp")
    page = me.get(f"/news/{story.id}").text
    assert page.count(f'src="/media/{asset.id}/thumbnail"') == 1
    assert text_of(page).strip() == "<p>Words.</p>"


def test_a_full_plan_asks_for_nothing_and_says_so(
    app: Flask, web: Web, me: FlaskClient, reader: User
):
    story = make_story(reader, content=f"![]({web.url('/one.png')})")
    with allowing(app, storage_bytes=0):
        answer = me.post(f"/news/{story.id}/pictures", headers=HTMX).text
        assert "The pictures are not kept." in answer
    assert db.session.scalars(select(MediaKeep)).all() == []
    assert db.session.scalars(select(MediaAsset)).all() == []


def test_the_story_of_another_is_not_found(me: FlaskClient):
    story = make_story(make_user(), content="![](https://a.test/one.jpg)")
    for ask in (me.get, me.post):
        assert ask(f"/news/{story.id}/pictures", headers=HTMX).status_code == 404
