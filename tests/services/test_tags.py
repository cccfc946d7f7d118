"""Tags: in any script, one per word, within limits, and never another reader's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import InvalidInput, NotFound
from extensions import db
from models import StoryTag, Tag
from queries.tags import all_tags, counted_tags, tags_for
from services import tags
from tests.factories import make_story, make_user

pytestmark = pytest.mark.usefixtures("transaction")


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("energy", ["energy"]),
        ("  #Energy ,  old   town,, energy ", ["Energy", "old town"]),
        ("交通，城市、新闻", ["交通", "城市", "新闻"]),
        ("عمل، سفر", ["عمل", "سفر"]),
        ("Cafe\u0301, caf\u00e9", ["Caf\u00e9"]),
        ("STRASSE, straße", ["STRASSE"]),
        ("🚋", ["🚋"]),
        ("C++", ["C++"]),
    ],
)
def test_what_is_typed_becomes_tags(typed, names):
    assert tags.names_in(typed) == names


@pytest.mark.parametrize("typed", ["", " ", ",", "#", "\u200b", "a\x00b", "x" * 51])
def test_what_is_no_tag_is_refused(typed):
    with pytest.raises(InvalidInput):
        tags.names_in(typed)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_whatever_passes_is_kept_as_the_database_wants_it(typed):
    try:
        name = tags.one_name(typed)
    except InvalidInput:
        return
    assert 1 <= len(name) <= tags.LONGEST
    assert name == name.strip()
    assert tags.one_name(name) == name


def names_on(owner, story) -> list[str]:
    return [tag.name for tag in tags_for(owner.id, story.id) if tag.carried]


def test_tags_are_given_once_in_whatever_case_and_taken_again(reader):
    one, two = make_story(reader), make_story(reader)
    tags.give(reader.id, [one.id, two.id], ["Energy", "town"])
    tags.give(reader.id, [one.id], ["energy", "TOWN"])
    assert names_on(reader, one) == ["Energy", "town"]
    assert [(tag.name, tag.stories) for tag in counted_tags(reader.id)] == [
        ("Energy", 2),
        ("town", 2),
    ]
    ids = [tag.id for tag in all_tags(reader.id)]
    assert tags.take(reader.id, [one.id], ids) == 2
    assert names_on(reader, one) == []
    assert names_on(reader, two) == ["Energy", "town"]


def test_others_stories_and_tags_are_left_alone(reader):
    other = make_user()
    theirs = make_story(other)
    tags.give(other.id, [theirs.id], ["theirs"])
    tags.give(reader.id, [theirs.id], ["mine"])
    (tag,) = all_tags(other.id)
    assert names_on(other, theirs) == ["theirs"]
    assert tags.take(reader.id, [theirs.id], [tag.id]) == 0
    for act in (
        lambda: tags.rename(reader.id, tag.id, "x"),
        lambda: tags.remove(reader.id, tag.id),
    ):
        with pytest.raises(NotFound):
            act()
    assert names_on(other, theirs) == ["theirs"]


def test_a_story_carries_up_to_twenty_tags_and_a_reader_has_a_bounded_number(reader, monkeypatch):
    story = make_story(reader)
    twenty = [f"t{number}" for number in range(20)]
    tags.give(reader.id, [story.id], twenty)
    with pytest.raises(InvalidInput, match="up to 20"), db.session.begin_nested():
        tags.give(reader.id, [story.id], ["one more"])
    assert len(names_on(reader, story)) == 20
    monkeypatch.setattr(tags, "MOST", 20)
    with pytest.raises(InvalidInput, match="Delete some"):
        tags.ensure(reader.id, ["another"])
    assert len(tags.ensure(reader.id, ["T1"])) == 1


def test_a_tag_is_renamed_also_in_its_case(reader):
    story = make_story(reader)
    (tag,) = tags.give(reader.id, [story.id], ["energy"])
    assert tags.rename(reader.id, tag.id, "Energy").merged is False
    assert tags.rename(reader.id, tag.id, " #Power ").name == "Power"
    assert names_on(reader, story) == ["Power"]
    with pytest.raises(InvalidInput):
        tags.rename(reader.id, tag.id, "a, b")


def test_renaming_onto_another_tag_makes_them_one(reader):
    both, first, second = (make_story(reader) for _ in range(3))
    (old,) = tags.give(reader.id, [both.id, first.id], ["trams"])
    tags.give(reader.id, [both.id, second.id], ["Tram"], by_source=True)
    renamed = tags.rename(reader.id, old.id, "TRAM")
    assert (renamed.name, renamed.merged) == ("Tram", True)
    assert [(tag.name, tag.stories) for tag in counted_tags(reader.id)] == [("Tram", 3)]
    by_source = dict(db.session.query(StoryTag.news_id, StoryTag.by_source).all())
    assert by_source == {both.id: False, first.id: False, second.id: True}


def test_a_deleted_tag_leaves_its_stories(reader):
    story = make_story(reader)
    (tag,) = tags.give(reader.id, [story.id], ["x"])
    assert tags.remove(reader.id, tag.id) == "x"
    assert db.session.query(Tag).count() == 0
    assert names_on(reader, story) == []
