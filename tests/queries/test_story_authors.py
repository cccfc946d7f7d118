"""Who wrote a story: as its feed said, whatever an archive may have put in that place."""

from typing import Any

import pytest

import scope
from queries import news
from tests.factories import make_story, make_user

pytestmark = pytest.mark.usefixtures("transaction")


@pytest.mark.parametrize(
    ("metadata", "author"),
    [
        ({"author": "Ines Vogt"}, "Ines Vogt"),
        ({"author": " Ines\n"}, "Ines"),
        ({"author": "ש" * 300}, "ש" * 200),
        ({"author": " \t"}, None),
        ({"author": ["Ines"]}, None),
        ({"author": {"name": "Ines"}}, None),
        ({"author": 7}, None),
        ({"author": None}, None),
        ({}, None),
        (["author"], None),
        ("author", None),
    ],
)
def test_only_a_text_is_an_author(metadata: Any, author: str | None):
    owner = make_user()
    story = make_story(owner, "Rain at noon", metadata_=metadata)
    with scope.acting(scope.READER, owner.id):
        found = news.find_story(owner.id, story.id)
        row = news.find_row(owner.id, story.id)
        rows = [*news.latest_news(owner.id), *news.search_news(owner.id, "rain")]
    assert found
    assert row
    assert [one.author for one in (found, row, *rows)] == [author] * 4
