"""Archives whose checksums are right and whose rows are not what a site would have written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text

import scope
from extensions import db
from models import AudioGeneration, MediaAsset, NewsStory, Role, Subscription, User
from services.archive.package import ArchiveRefused
from services.reading_habits import Habits
from services.voice_choice import Preference
from services.voices import FASTEST
from tests import samples
from tests.archived import every_object, holdings, imported, named_objects, somebody
from tests.live import live_app, with_settings
from tests.services.archive.test_package import manifest, write

__all__ = ["live_app"]


@pytest.fixture
def bring(live_app: Flask, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def do(
        reader: UUID, files: dict[str, bytes] | None = None, **tables: list[dict[str, Any]]
    ) -> dict[str, Any]:
        rows = {
            f"data/{name}.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()
            for name, rows in tables.items()
        }
        path = write(tmp_path / "a.zip", manifest() | rows | (files or {}))
        return imported(live_app, reader, path)

    return do


def story(**changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "headline": "Rain",
        "content": "It rained.",
        "created_at": "2026-03-01T08:00:00+00:00",
    } | changes


def picture(**changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "type": "image",
        "content_type": "image/png",
        "url": "x",
        "storage_key_file": "media/a.png",
    } | changes


def found(app: Flask, model: Any) -> list[Any]:
    with app.app_context():
        scope.enter(scope.OWNER)
        return list(db.session.scalars(select(model)))


@pytest.mark.parametrize(
    ("noted", "sort", "preference"),
    [
        ({"reading": {"sort": "oldest"}, "role": "admin"}, "oldest", Preference()),
        ({"reading": 7, "narration": {"voice_id": "a\0", "speed": float("nan")}}, "newest", None),
        ({"narration": {"voice_id": "\ud800", "speed": 99}}, "newest", Preference("", FASTEST)),
        ([], "newest", Preference()),
    ],
)
def test_preferences_are_taken_as_far_as_they_make_sense(
    live_app, bring, noted: Any, sort: str, preference: Preference | None
):
    reader = somebody(live_app)

    bring(reader, users=[{"id": str(uuid4()), "role": "admin", "metadata": noted}])

    with live_app.app_context():
        scope.enter(scope.OWNER)
        account = db.session.get_one(User, reader)
        assert account.role is Role.READER
        assert set(account.metadata_) <= {"reading", "narration"}
        assert Habits.of(account.metadata_.get("reading")).sort == sort
        if preference:
            assert Preference.of(account.metadata_.get("narration")) == preference


def test_the_owner_is_who_brings_it_in(live_app, bring):
    other, reader = somebody(live_app), somebody(live_app)

    bring(reader, news_history=[story(user_id=str(other))])

    assert [row.user_id for row in found(live_app, NewsStory)] == [reader]


def test_an_id_of_somebody_else_becomes_another_one_and_what_refers_to_it_follows(live_app, bring):
    other, reader = somebody(live_app, stories=1), somebody(live_app)
    before = holdings(live_app, other)
    taken = before["news_history"][0]["id"]
    tag = str(uuid4())

    bring(
        reader,
        news_history=[story(id=taken)],
        tags=[{"id": tag, "name": "Mine"}],
        story_tags=[{"news_id": taken, "tag_id": tag}],
    )

    assert holdings(live_app, other) == before
    mine = holdings(live_app, reader)
    assert mine["news_history"][0]["id"] != taken
    assert mine["story_tags"][0]["news_id"] == mine["news_history"][0]["id"]


def test_what_refers_to_rows_of_others_is_left_out(live_app, bring):
    other, reader = somebody(live_app, stories=1), somebody(live_app)
    before = holdings(live_app, other)
    theirs = before["audio_tracks"][0]["id"]

    told = bring(
        reader,
        playback_positions=[{"track_id": theirs, "seconds": 1}],
        media_assets=[
            {"id": str(uuid4()), "type": "audio", "url": "https://a.test/", "track_id": theirs}
        ],
    )

    assert holdings(live_app, other) == before
    assert told["apart"] == {"playback_positions": 1}
    (asset,) = holdings(live_app, reader)["media_assets"]
    assert asset["track_id"] is None


def test_nobody_makes_their_plan_larger(live_app, bring):
    reader = somebody(live_app)

    bring(
        reader,
        subscriptions=[{"id": str(uuid4()), "plan": "enterprise", "status": "active"}],
        usage_counters=[{"user_id": str(reader), "resource": "characters", "used": -9}],
        users=[{"id": str(reader), "role": "admin"}],
    )

    assert [row.plan for row in found(live_app, Subscription)] == ["free"]
    with live_app.app_context():
        scope.enter(scope.OWNER)
        assert db.session.scalar(text("SELECT role FROM users")) == "reader"


def test_no_narration_is_queued_or_paid_back(live_app, bring):
    reader = somebody(live_app)
    row = {"voice_id": "espeak:en", "model_id": "e", "text": "Hi", "charged": 900}

    told = bring(
        reader,
        audio_generation_history=[
            row | {"id": str(uuid4()), "status": status, "charged_period": "2026-03-01"}
            for status in ("pending", "processing", "completed", ["completed"])
        ],
    )

    assert [(one.status, one.charged) for one in found(live_app, AudioGeneration)] == [
        ("completed", 0)
    ]
    assert told["refused"] == {"audio_generation_history": 3}


def test_a_row_the_database_refuses_takes_no_other_with_it(live_app, bring):
    reader = somebody(live_app)
    rows = [story(headline=f"Story {n}") for n in range(5)]
    rows[1]["created_at"] = "yesterday-ish"
    rows[3]["headline"] = None
    rows.append(story(content="\x00"))

    told = bring(reader, news_history=rows)

    assert told == {"taken": {"news_history": 3}, "refused": {"news_history": 3}}


def test_files_are_looked_into(live_app, bring):
    reader = somebody(live_app)
    good, script = samples.photo(), b"<script>alert(1)</script>"

    told = bring(
        reader,
        {
            "media/good.jpg": good,
            "media/bad.png": script,
            "media/cut.jpg": good[: len(good) // 2],
            "audio/a.mp3": script,
        },
        media_assets=[
            picture(storage_key_file="media/good.jpg", content_type="image/jpeg"),
            picture(storage_key_file="media/good.jpg"),
            picture(storage_key_file="media/bad.png"),
            picture(storage_key_file="media/bad.png", content_type="text/html"),
            picture(storage_key_file="media/cut.jpg", content_type="image/jpeg"),
            picture(storage_key_file="media/gone.png"),
            picture(storage_key_file="audio/a.mp3"),
            picture(storage_key_file=["media/good.jpg"]),
            picture(storage_key_file=None, url="javascript:alert(1)"),
            picture(storage_key_file=None, storage_key="media/aa/bb/secret"),
        ],
        audio_tracks=[
            {
                "id": str(uuid4()),
                "text": "a",
                "duration": 1,
                "content_type": "audio/mpeg",
                "storage_key_file": "audio/a.mp3",
                "url": "x",
            }
        ],
    )

    (kept,) = found(live_app, MediaAsset)
    assert kept.byte_size == len(good)
    assert told["refused"] == {"media_assets": 9, "audio_tracks": 1}
    assert every_object(live_app) == named_objects(live_app)


def test_what_does_not_fit_into_the_plan_is_told_exactly(live_app, bring):
    limits = json.dumps({"free": {"stories": 2, "storage_bytes": 1500}})
    live_app.config["SETTINGS"] = with_settings(live_app, plan_limits=limits)
    reader = somebody(live_app)
    photo = samples.photo()
    assert 1500 // 2 < len(photo) <= 1500
    rows = [story(headline=f"Story {n}") for n in range(4)]
    tag = str(uuid4())
    pictures = [
        picture(storage_key_file="media/a.jpg", content_type="image/jpeg", news_id=rows[n]["id"])
        for n in (0, 1, 3)
    ]

    told = bring(
        reader,
        {"media/a.jpg": photo},
        news_history=rows,
        tags=[{"id": tag, "name": "All"}],
        story_tags=[{"news_id": row["id"], "tag_id": tag} for row in rows],
        media_assets=pictures,
    )

    assert told == {
        "taken": {"news_history": 2, "tags": 1, "story_tags": 2, "media_assets": 1},
        "full": {"news_history": 2, "media_assets": 1},
        "apart": {"story_tags": 2, "media_assets": 1},
    }
    assert [row.headline for row in found(live_app, NewsStory)] == ["Story 0", "Story 1"]
    assert every_object(live_app) == named_objects(live_app)


def test_a_story_from_an_address_that_is_kept_already_is_that_story(live_app, bring):
    reader = somebody(live_app)
    first = story(source_url="https://a.test/1", headline="As it is here")
    bring(reader, news_history=[first], tags=[{"id": str(uuid4()), "name": "News"}])
    twin, tag = story(source_url="https://a.test/1"), str(uuid4())

    told = bring(
        reader,
        news_history=[twin],
        tags=[{"id": tag, "name": "NEWS"}],
        story_tags=[{"news_id": twin["id"], "tag_id": tag}],
    )

    assert told == {"known": {"news_history": 1, "tags": 1}, "taken": {"story_tags": 1}}
    mine = holdings(live_app, reader)
    assert [row["headline"] for row in mine["news_history"]] == ["As it is here"]
    assert mine["story_tags"][0]["news_id"] == first["id"]


def sound(**changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "text": "Hi",
        "duration": 1.5,
        "content_type": "audio/mpeg",
        "url": "https://a.test/a.mp3",
    } | changes


def test_what_no_page_could_show_is_left_out(live_app, bring):
    reader = somebody(live_app)

    told = bring(
        reader,
        news_history=[
            story(),
            *(
                story(**{column: moment})
                for column in ("created_at", "published_at", "read_at", "updated_at")
                for moment in ("infinity", "-infinity", "20000-01-01T00:00:00Z", "4000-01-01 BC")
            ),
            story(metadata=[]),
        ],
        sources=[
            {"id": str(uuid4()), "url": "https://a.test/feed"},
            {"id": str(uuid4()), "url": "https://a.test/other", "tried_at": "infinity"},
            {"id": str(uuid4()), "url": "https://a.test/long", "title": "x" * 100_000},
            {"id": str(uuid4()), "url": "https://user:word@a.test/"},
        ],
        audio_tracks=[
            sound(),
            *(sound(duration=length) for length in ("NaN", "Infinity", "1", 1e300, True)),
            sound(chosen_at="infinity"),
            sound(metadata="x"),
            sound(url="https://a.test/\n<script>"),
        ],
    )

    assert told["taken"] == {"news_history": 1, "sources": 1, "audio_tracks": 1}
    assert told["refused"] == {"news_history": 17, "sources": 3, "audio_tracks": 8}


def test_small_things_that_no_page_could_show_are_put_right(live_app, bring):
    reader = somebody(live_app)
    wrong = {
        "peaks": ["x"],
        "chapters": [{"title": "One", "start": "soon"}],
        "duration": "long",
        "title": "Kept",
    }

    bring(
        reader,
        news_history=[story(source_url="javascript:alert(1)")],
        sources=[
            {
                "id": str(uuid4()),
                "url": "https://a.test/feed",
                "host": "b.test",
                "site_url": "javascript:alert(1)",
            }
        ],
        audio_tracks=[sound(metadata=wrong), sound(metadata=wrong | {"peaks": [0, 100]})],
    )

    mine = holdings(live_app, reader)
    assert [row["source_url"] for row in mine["news_history"]] == [None]
    assert [(row["host"], row["site_url"]) for row in mine["sources"]] == [("a.test", None)]
    notes = sorted((row["metadata"] for row in mine["audio_tracks"]), key=len)
    assert notes == [{"title": "Kept"}, {"title": "Kept", "peaks": [0, 100]}]


def test_of_two_rows_with_one_id_the_first_is_taken(live_app, bring):
    reader = somebody(live_app)
    first = picture(storage_key_file="media/a.jpg", content_type="image/jpeg")

    told = bring(reader, {"media/a.jpg": samples.photo()}, media_assets=[first, first])

    assert told == {"taken": {"media_assets": 1}, "known": {"media_assets": 1}}
    assert every_object(live_app) == named_objects(live_app)


def test_a_line_that_is_no_row_keeps_all_others_out(live_app, bring):
    reader = somebody(live_app)
    for last in (b"{", b"[]\n", b'{"name": "A"}\n', b'{"id": 7, "name": "A"}\n'):
        with pytest.raises(ArchiveRefused):
            bring(reader, {"data/tags.jsonl": last}, news_history=[story()])

    assert holdings(live_app, reader)["news_history"] == []
