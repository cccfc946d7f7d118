"""A story's own file says where it came from and which other entries belong to it."""

import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, select

import scope
from extensions import db
from models import MediaAsset, NewsStory, User
from services.archive import story_files
from tests.archived import exported, somebody, store_picture
from tests.factories import make_story
from tests.feeding import make_source
from tests.live import live_app

__all__ = ["live_app"]


def fronts(path: Path) -> dict[str, dict[str, Any]]:
    """Return what stands in front of each story of an archive, by the story's id."""
    found = {}
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            if name.startswith("stories/"):
                front = file.read(name).decode().split("---\n")[1]
                pairs = (line.partition(": ") for line in front.splitlines())
                known = {key: json.loads(value) for key, _, value in pairs}
                found[known["id"]] = known
    return found


def test_a_story_names_its_source_and_its_files(live_app: Flask, tmp_path: Path):
    user_id = somebody(live_app, stories=3)
    with live_app.app_context():
        scope.enter(scope.OWNER)
        owner = db.session.get_one(User, user_id)
        named = make_source(owner, "https://news.test/feed", title="Feed", name='My "harbour": 1')
        bare = make_source(owner, "https://other.test/feed")
        arrived = make_story(owner, "Arrived", source_id=named.id).id
        pictures = [store_picture(user_id, arrived, f"{number}.png") for number in range(2)]
        plain = make_story(owner, "Plain", source_id=bare.id).id
        written = make_story(owner, "Written").id
        loose = store_picture(user_id, None, "loose.png")
        db.session.commit()

    path = exported(live_app, user_id, tmp_path / "a.zip")

    known = fronts(path)
    assert len(known) == 6
    assert known[str(arrived)]["source"] == 'My "harbour": 1'
    assert [Path(one).stem for one in known[str(arrived)]["media"]] == [str(p) for p in pictures]
    assert "audio" not in known[str(arrived)]
    assert known[str(plain)]["source"] == "other.test"
    assert not {"source", "media", "audio"} & known[str(written)].keys()
    with zipfile.ZipFile(path) as file:
        stored = {name for name in file.namelist() if name.startswith(("media/", "audio/"))}
    told = [
        one
        for front in known.values()
        for kind in ("media", "audio")
        for one in front.get(kind, [])
    ]
    assert len(told) == len(set(told)) == 2 + 3 + 3
    assert stored - set(told) == {name for name in stored if str(loose) in name}
    assert set(told) <= stored


@pytest.mark.parametrize(
    ("metadata", "author"),
    [
        ({"author": 'Ines "Ina" Vogt: reporter'}, 'Ines "Ina" Vogt: reporter'),
        ({"author": "é" * 300}, "é" * 200),
        ({"author": " "}, None),
        ({"author": ["Ines"]}, None),
        (["Ines"], None),
        (None, None),
    ],
)
def test_a_storys_file_names_who_wrote_it(metadata: Any, author: str | None):
    row = {"headline": "By", "id": "1", "created_at": "2026-03-01", "content": "Text."}
    text = story_files.as_markdown(row | {"metadata": metadata}, story_files.Belongings())
    told = [line for line in text.splitlines() if line.startswith("author:")]
    assert told == ([f"author: {json.dumps(author, ensure_ascii=False)}"] if author else [])


def test_a_page_of_stories_takes_as_many_statements_as_one(live_app: Flask):
    user_id = somebody(live_app, stories=4)
    with live_app.app_context(), scope.acting(scope.READER, user_id):
        ids = list(db.session.scalars(select(NewsStory.id)))
        db.session.scalars(select(MediaAsset.id)).all()
        asked = {len(some): _statements(user_id, some) for some in (ids[:1], ids)}
        db.session.rollback()
    assert asked == {1: 4, 4: 4}


def _statements(user_id: UUID, ids: list[UUID]) -> int:
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert len(story_files.belongings_of(user_id, ids)) == len(ids)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)
