"""Which stories a podcast has, and with which take."""

from datetime import timedelta

import pytest

from extensions import db
from models import AudioAlignment, Source, StoryTag, Tag
from queries.podcasts import latest_episodes
from tests.factories import START, make_story, make_track, make_user
from tests.stored import make_stored_track

pytestmark = pytest.mark.usefixtures("transaction")


def heard(owner, **wanted) -> list[str]:
    return [one.headline for one in latest_episodes(owner.id, 300, 100, **wanted)]


def test_each_story_comes_once_with_the_take_that_it_plays_and_the_newest_first():
    owner, stranger = make_user(), make_user()
    rain, snow = make_story(owner, "Rain"), make_story(owner, "Snow")
    chosen = make_stored_track(owner, rain, chosen_at=START + timedelta(days=2))
    make_stored_track(owner, rain, chosen_at=START + timedelta(days=1))
    make_stored_track(owner, snow)
    make_stored_track(stranger, make_story(stranger, "Not mine"))
    make_story(owner, "Silent")
    make_track(owner, make_story(owner, "Kept elsewhere"))
    make_stored_track(owner, None)
    found = latest_episodes(owner.id, 300, 100)
    assert [one.headline for one in found] == ["Snow", "Rain"]
    assert found[1].track_id == chosen.id
    assert [one.headline for one in latest_episodes(owner.id, 1, 2)] == ["Snow"]
    assert latest_episodes(owner.id, 1, 2)[0].content == "It"


def test_a_tag_and_a_source_each_narrow_it():
    owner = make_user()
    source = Source(user_id=owner.id, url="https://e.test/feed", host="e.test")
    tag = Tag(user_id=owner.id, name="Weather")
    db.session.add_all([source, tag])
    db.session.commit()
    rain = make_story(owner, "Rain", source_id=source.id)
    snow = make_story(owner, "Snow")
    for story in (rain, snow):
        make_stored_track(owner, story)
    db.session.add(StoryTag(user_id=owner.id, news_id=snow.id, tag_id=tag.id))
    db.session.commit()
    assert heard(owner) == ["Snow", "Rain"]
    assert heard(owner, tag_id=tag.id) == ["Snow"]
    assert heard(owner, source_id=source.id) == ["Rain"]


@pytest.mark.parametrize(("grade", "timed"), [("good", True), ("unusable", False)])
def test_only_times_that_can_be_trusted_promise_captions(grade: str, timed: bool):
    owner = make_user()
    track = make_stored_track(owner, make_story(owner), metadata_={"alignment_grade": grade})
    assert not latest_episodes(owner.id, 1, 1)[0].timed
    db.session.add(
        AudioAlignment(track_id=track.id, characters=["a"], start_times=[0], end_times=[1])
    )
    db.session.commit()
    assert latest_episodes(owner.id, 1, 1)[0].timed is timed
