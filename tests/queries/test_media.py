"""What the media queries return, and to whom."""

import pytest

from queries import media as media_queries
from queries.paging import Cursor, next_page
from tests.conftest import queries_counted
from tests.factories import make_asset, make_story, make_user


def ids(assets):
    return [asset.id for asset in assets]


def test_the_library_is_newest_first_and_only_mine(reader):
    first, second = make_asset(reader), make_asset(reader, type="audio")
    make_asset(make_user())

    assert ids(media_queries.library(reader.id)) == [second.id, first.id]


def test_the_library_filters_by_type_and_use(reader):
    story = make_story(reader, "Bread day")
    used = make_asset(reader, story)
    free = make_asset(reader)
    tone = make_asset(reader, type="audio")

    assert ids(media_queries.library(reader.id, type="image")) == [free.id, used.id]
    assert ids(media_queries.library(reader.id, unused=True)) == [tone.id, free.id]
    assert ids(media_queries.library(reader.id, type="image", unused=True)) == [free.id]
    assert media_queries.library(reader.id)[-1].headline == "Bread day"


def test_pages_follow_each_other_without_gap_or_repeat(reader):
    made = ids([make_asset(reader) for _ in range(7)])
    seen, cursor = [], None
    for _ in range(4):
        found = media_queries.library(reader.id, before=Cursor.parse(cursor), limit=3)
        rows, cursor = next_page(found, 2)
        seen += ids(rows)

    assert seen == made[::-1]
    assert cursor is None


def test_a_page_costs_one_statement(reader):
    for _ in range(5):
        make_asset(reader, make_story(reader))
    reader_id = reader.id

    with queries_counted() as statements:
        media_queries.library(reader_id)

    assert len([one for one in statements if "media_assets" in one]) == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"width": "wide", "height": -1, "duration": None, "peaks": "loud", "original_name": None},
        {"width": True, "duration": False, "peaks": {}},
    ],
)
def test_rows_of_other_systems_are_read_without_trust(reader, metadata):
    made = make_asset(reader, metadata_=metadata)

    asset = media_queries.find_asset(reader.id, made.id)
    file = media_queries.find_file(reader.id, made.id)

    assert (asset.width, asset.height, asset.duration, asset.peaks) == (None, None, None, [])
    assert asset.name == "Untitled picture"
    assert asset.stored is False
    assert (file.content_type, file.name, file.size) == ("application/octet-stream", "file", None)


def test_a_strangers_asset_is_not_found_by_anything(reader):
    owner = make_user()
    story = make_story(owner)
    theirs = make_asset(owner, story, sha256="ab" * 32, storage_key="media/x")

    assert media_queries.find_asset(reader.id, theirs.id) is None
    assert media_queries.find_file(reader.id, theirs.id) is None
    assert media_queries.find_by_sha256(reader.id, "ab" * 32) is None
    assert media_queries.of_story(reader.id, story.id) == []


def test_of_the_same_bytes_the_storys_own_then_an_unused_one_is_preferred(reader):
    story, other = make_story(reader), make_story(reader)
    elsewhere = make_asset(reader, other, sha256="cd" * 32)
    assert media_queries.find_by_sha256(reader.id, "cd" * 32, story.id).id == elsewhere.id

    free = make_asset(reader, sha256="cd" * 32)
    assert media_queries.find_by_sha256(reader.id, "cd" * 32).id == free.id
    assert media_queries.find_by_sha256(reader.id, "cd" * 32, story.id).id == free.id

    own = make_asset(reader, story, sha256="cd" * 32)
    assert media_queries.find_by_sha256(reader.id, "cd" * 32, story.id).id == own.id
