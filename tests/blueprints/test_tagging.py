"""Tags on a story's page, and the page of all tags."""

import re

import pytest
from flask.testing import FlaskClient

from extensions import db
from models import Tag, User
from queries.tags import all_tags, tags_for
from services import tags
from tests.factories import make_story, make_user

HTMX = {"HX-Request": "true"}


def carried(owner: User, story) -> list[str]:
    db.session.expire_all()
    return [tag.name for tag in tags_for(owner.id, story.id) if tag.carried]


def test_tags_are_added_and_taken_off_by_plain_forms(me: FlaskClient, reader: User):
    story = make_story(reader)
    here = f"/news/{story.id}"
    reply = me.post(f"{here}/tags?view=starred", data={"tags": "#Energy, old town"})
    assert (reply.status_code, reply.headers["Location"]) == (303, f"{here}?view=starred")
    assert carried(reader, story) == ["Energy", "old town"]
    page = me.get(here).text
    assert "/news/?tag=old+town" in page
    off = re.search(r'action="(/news/[^"]+/remove)"', page)[1]
    assert me.post(off).status_code == 303
    assert carried(reader, story) == ["old town"]
    assert '<option value="Energy">' in me.get(here).text


def test_htmx_gets_the_tags_as_they_are_now(me, reader):
    story = make_story(reader)
    reply = me.post(f"/news/{story.id}/tags", data={"tags": "交通"}, headers=HTMX)
    assert reply.text.lstrip().startswith('<section id="tags"')
    assert "交通" in reply.text
    refused = me.post(f"/news/{story.id}/tags", data={"tags": "x" * 51}, headers=HTMX)
    assert refused.status_code == 422
    assert "within 50 characters" in refused.text
    assert "x" * 51 in refused.text


def test_a_refused_tag_keeps_what_was_typed_and_says_why(me, reader):
    story = make_story(reader)
    reply = me.post(f"/news/{story.id}/tags", data={"tags": "<b>" + "x" * 60})
    assert reply.status_code == 422
    assert "Keep a tag within 50 characters." in reply.text
    assert "&lt;b&gt;xxx" in reply.text
    assert carried(reader, story) == []


@pytest.fixture
def two(reader: User) -> list[Tag]:
    """Keep two tags, one on two stories and one on one."""
    first, second = make_story(reader), make_story(reader)
    made = tags.give(reader.id, [first.id], ["tram", "rail"])
    tags.give(reader.id, [second.id], ["tram"])
    db.session.commit()
    return made


def test_the_page_of_tags_counts_renames_and_merges(me, reader, two):
    page = me.get("/news/tags").text
    assert re.search(r"tram</a>\s*<span[^>]*>2 stories", page)
    rename = f"/news/tags/{two[1].id}/rename"
    assert me.post(rename, data={"name": "Railway"}).status_code == 303
    assert [tag.name for tag in all_tags(reader.id)] == ["Railway", "tram"]
    me.post(rename, data={"name": "TRAM"})
    assert [tag.name for tag in all_tags(reader.id)] == ["tram"]
    assert "went into" in me.get("/news/tags").text


def test_a_tag_that_no_story_carries_says_so(me, reader):
    tags.ensure(reader.id, ["rail"])
    db.session.commit()
    page = me.get("/news/tags").text
    assert re.search(r"rail</a>\s*<span[^>]*>no stories<", page)


def test_a_refused_name_stands_at_its_tag(me, two):
    reply = me.post(f"/news/tags/{two[0].id}/rename", data={"name": "a, b"})
    assert reply.status_code == 422
    assert "A tag has no comma in it." in reply.text
    assert 'value="a, b"' in reply.text


def test_a_tag_is_deleted_and_its_stories_stay(me, reader, two):
    assert me.post(f"/news/tags/{two[0].id}/delete").status_code == 303
    assert [tag.name for tag in all_tags(reader.id)] == ["rail"]
    assert me.get("/news/").text.count("<article") == 2


def test_no_tags_yet_says_how_they_come(me):
    assert "No tags yet" in me.get("/news/tags").text


def test_another_readers_tag_is_a_404(me, reader):
    other = make_user()
    theirs, mine = make_story(other), make_story(reader)
    (tag,) = tags.give(other.id, [theirs.id], ["theirs"])
    db.session.commit()
    for path in (
        f"/news/tags/{tag.id}/rename",
        f"/news/tags/{tag.id}/delete",
        f"/news/{mine.id}/tags/{tag.id}/remove",
        f"/news/{theirs.id}/tags/{tag.id}/remove",
        f"/news/{theirs.id}/tags",
        f"/news/{theirs.id}/mark",
    ):
        reply = me.post(path, data={"name": "mine", "tags": "mine", "as": "read"})
        assert reply.status_code == 404, path
    assert "theirs" not in me.get("/news/tags").text
    assert carried(other, theirs) == ["theirs"]
