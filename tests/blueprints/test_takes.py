"""The takes of a story, however many there are."""

import pytest
from flask.testing import FlaskClient

from models import User
from tests.factories import make_story, make_track


@pytest.mark.parametrize(
    ("takes", "words"), [(1, None), (2, "An earlier take<"), (3, "2 earlier takes<")]
)
def test_a_story_counts_its_earlier_takes(
    me: FlaskClient, reader: User, takes: int, words: str | None
):
    story = make_story(reader)
    for number in range(takes):
        make_track(reader, story, storage_key=f"audio/{number}")
    page = me.get(f"/news/{story.id}")
    assert page.status_code == 200
    assert "earlier take" not in page.text if words is None else words in page.text
