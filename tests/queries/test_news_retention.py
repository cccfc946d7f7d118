"""What a source that keeps its last N may let go of."""

import pytest

from extensions import db
from models import AudioGeneration
from queries.news_retention import may_go
from services import reading, tags
from services.reading import Mark
from tests.factories import make_story, make_track, make_user

pytestmark = pytest.mark.usefixtures("transaction")


def test_starred_tagged_and_narrated_stories_stay(reader):
    names = ("plain", "read", "archived", "starred", "tagged", "by source", "narrated", "asked")
    made = {name: make_story(reader, name) for name in names}
    ids = {name: story.id for name, story in made.items()}
    reading.mark(reader.id, [ids["starred"]], Mark.STARRED)
    reading.mark(reader.id, [ids["read"]], Mark.READ)
    reading.mark(reader.id, [ids["archived"]], Mark.ARCHIVED)
    tags.give(reader.id, [ids["tagged"]], ["mine"])
    tags.give(reader.id, [ids["by source"], ids["tagged"]], ["feed", "mine"], by_source=True)
    make_track(reader, made["narrated"])
    db.session.add(
        AudioGeneration(
            user_id=reader.id,
            news_id=ids["asked"],
            voice_id="v",
            model_id="m",
            status="pending",
            text="t",
        )
    )
    db.session.commit()

    going = may_go(reader.id, ids.values())
    assert {name for name, one in ids.items() if one in going} == {
        "plain",
        "read",
        "archived",
        "by source",
    }
    assert may_go(make_user().id, ids.values()) == []


def test_a_tag_of_the_source_that_the_reader_gives_too_is_theirs(reader):
    story = make_story(reader)
    tags.give(reader.id, [story.id], ["a"], by_source=True)
    assert may_go(reader.id, [story.id]) == [story.id]
    tags.give(reader.id, [story.id], ["A"])
    assert may_go(reader.id, [story.id]) == []
    tags.give(reader.id, [story.id], ["a"], by_source=True)
    assert may_go(reader.id, [story.id]) == []
