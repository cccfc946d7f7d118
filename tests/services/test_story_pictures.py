"""Where each picture of a story is shown, and bringing those that its text names."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from errors import NotFound
from extensions import db
from models import KeepState, MediaAsset, MediaKeep, MediaType, User
from queries.keeps import Keep
from queries.media import Asset, of_story
from services import news, story_pictures
from services.story_pictures import arrange, progress
from tests.factories import make_asset, make_story, make_user

ONE, TWO = "https://a.test/one.jpg", "https://a.test/two.jpg"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def picture(came_from: str = "", *, copy: bool = True, stored: bool = False) -> Asset:
    return Asset(
        id=uuid4(),
        created_at=NOW,
        updated_at=NOW,
        type=MediaType.IMAGE,
        title="",
        alt_text="",
        url=came_from or "https://here.test/x",
        content_type=None,
        byte_size=0,
        stored=stored,
        has_thumbnail=copy or stored,
        news_id=None,
        headline=None,
        original_name="",
        width=None,
        height=None,
        duration=None,
        peaks=[],
        came_from=came_from,
    )


def test_the_text_shows_what_is_here_and_the_rest_is_listed_behind_it():
    head, inside, uploaded = picture("https://a.test/head.jpg"), picture(ONE), picture(stored=True)
    linked, far = picture(TWO, copy=False), picture("https://b.test/three.jpg", copy=False)
    found = arrange(f"A ![x]({ONE}) and ![y]({TWO})", [head, inside, linked, uploaded, far])
    assert found.head == head
    assert found.inside == {ONE: inside}
    assert found.more == [uploaded]
    assert found.elsewhere == [head, far]
    assert (len(found.addresses), found.seen, found.kept) == (2, 1, 0)


def test_a_picture_that_opens_the_text_stands_above_it_and_any_other_in_its_place():
    lead, other = picture(ONE), picture(TWO)
    found = arrange(f"![x]({ONE})\n\nWords.\n\n![y]({TWO})", [lead, other])
    assert (found.head, found.opening, found.inside) == (lead, ONE, {TWO: other})
    found = arrange(f"Words.\n\n![x]({ONE})", [lead, other])
    assert (found.head, found.opening, found.inside, found.more) == (
        None,
        None,
        {ONE: lead},
        [other],
    )


@pytest.mark.parametrize(
    ("head", "inside", "same"),
    [
        ("https://www.a.test/u/one.jpg?w=1200", "https://a.test/u/one-1024x683.jpg", True),
        ("https://a.test/u/one-scaled.jpg", "https://a.test/u/one.jpg?x=1", True),
        ("https://a.test/u/%C3%A9.png", "https://a.test/u/%c3%a9.png", True),
        ("https://a.test/pic?id=1", "https://a.test/pic?id=2", False),
        ("https://a.test/one.jpg", "https://b.test/one.jpg", False),
        ("https://a.test/one.jpg", "https://a.test/one.png", False),
    ],
)
def test_sizes_of_one_picture_are_that_picture(head: str, inside: str, same: bool):
    found = arrange(f"![x]({inside})", [picture(head)])
    assert (found.opening is not None) is same


def test_odd_addresses_harm_nothing():
    text = f"![a](javascript:x) ![b](/c.png) ![d](http://[) ![e](https://a.test/{'x' * 3000})"
    found = arrange(text, [picture("http://[x"), picture(ONE)])
    assert found.inside == {}
    assert all(len(one) < 100 for one in found.addresses)


def test_how_far_it_is_counts_only_what_the_text_shows():
    one, two, other = picture(ONE), picture(TWO), picture("https://a.test/other.jpg")
    found = arrange(f"![x]({ONE}) ![y]({TWO})", [one, two, other])
    keeps = {
        one.id: Keep(one.id, KeepState.WAITING, "", 5.0),
        two.id: Keep(two.id, KeepState.FAILED, "It is gone.", 9.0),
        other.id: Keep(other.id, KeepState.FAILED, "No.", 9.0),
    }
    told = progress(found, keeps)
    assert (told.waiting, told.failed, told.error, told.age) == (1, 1, "It is gone.", 5.0)


def test_asking_notes_each_picture_once_in_its_order_and_has_it_kept(reader: User):
    story = make_story(reader, content=f"![x]({TWO}) ![y]({ONE}) ![x]({TWO})")
    there = make_asset(reader, story, url=ONE, arrived=True)
    assert story_pictures.ask(reader.id, story.id) == 2
    assert story_pictures.ask(reader.id, story.id) == 2
    assets = of_story(reader.id, story.id)
    assert [one.url for one in assets] == [ONE, TWO]
    assert assets[0].id == there.id
    asked = db.session.scalars(select(MediaKeep.media_id)).all()
    assert sorted(asked) == sorted(one.id for one in assets)
    assert all(db.session.scalars(select(MediaAsset.arrived)))


def test_what_the_worker_has_kept_meanwhile_keeps_no_other_out(
    reader: User, monkeypatch: pytest.MonkeyPatch
):
    story = make_story(reader, content=f"![x]({ONE}) ![y]({TWO})")
    first, second = (make_asset(reader, story, url=url, arrived=True) for url in (ONE, TWO))
    seen = of_story(reader.id, story.id)
    monkeypatch.setattr(story_pictures, "of_story", lambda *_: seen)
    first.storage_key = "media/x"
    db.session.commit()
    story_pictures.ask(reader.id, story.id)
    assert db.session.scalars(select(MediaKeep.media_id)).all() == [second.id]


def test_of_sizes_of_one_picture_each_shows_its_own():
    small, large = picture("https://a.test/u/one-300x200.jpg"), picture("https://a.test/u/one.jpg")
    found = arrange(f"A ![x]({large.url}) ![y]({small.url})", [small, large])
    assert found.known == {large.url: large, small.url: small}
    found = arrange(f"A ![x]({large.url}) ![y](https://a.test/u/one-9000x10.jpg)", [small, large])
    assert list(found.known.values()) == [large, small]


def test_a_text_of_many_pictures_brings_some(reader: User):
    many = " ".join(f"![x](https://a.test/{number}.jpg)" for number in range(50))
    story = make_story(reader, content=many)
    assert story_pictures.ask(reader.id, story.id) == story_pictures.MOST


@pytest.mark.parametrize("with_media", [False, True])
def test_without_its_story_only_what_was_kept_may_stay(reader: User, with_media: bool):
    story = make_story(reader, content=f"![x]({ONE}) ![y]({TWO}) ![z](https://a.test/three.jpg)")
    kept = make_asset(
        reader,
        story,
        storage_key="media/x",
        thumbnail_key="thumbnails/x",
        metadata_={"kept_from": ONE},
    )
    make_asset(reader, story, url=TWO, arrived=True, thumbnail_key="thumbnails/y")
    assert story_pictures.ask(reader.id, story.id) == 2
    removed = news.remove(reader.id, story.id, with_media=with_media)
    db.session.commit()
    left = db.session.execute(select(MediaAsset.id, MediaAsset.news_id)).all()
    assert left == ([] if with_media else [(kept.id, None)])
    theirs = ["media/x", "thumbnails/x"] if with_media else []
    assert sorted(removed.keys) == sorted([*theirs, "thumbnails/y"])
    assert db.session.scalars(select(MediaKeep)).all() == []


def test_the_story_of_another_does_not_exist(reader: User):
    story = make_story(make_user(), content=f"![x]({ONE})")
    with pytest.raises(NotFound):
        story_pictures.ask(reader.id, story.id)
    assert db.session.scalars(select(MediaAsset)).all() == []
