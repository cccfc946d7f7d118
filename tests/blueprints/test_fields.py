"""What every form passes through."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient

from models import User
from tests.factories import make_asset, make_story

WORDS = (
    *("email", "password", "current_password", "new_password", "next", "invite", "first"),
    *("title", "alt_text", "headline", "content", "source_url", "published_at", "library"),
    *("voice_id", "language", "text", "speed", "stability"),
)


def addresses(reader: User) -> list[str]:
    asset, story = make_asset(reader), make_story(reader)
    of_story = [f"/news/{story.id}/edit", f"/news/{story.id}/narrate"]
    return ["/account/password", f"/media/{asset.id}", "/news/new", *of_story]


def test_a_file_in_the_place_of_words_is_an_empty_field(me: FlaskClient, reader: User):
    for address in addresses(reader):
        files = {name: (BytesIO(b"words"), "words.txt") for name in WORDS}
        assert me.post(address, data=files).status_code in {303, 422}


@pytest.mark.parametrize("address", ["/login", "/register", "/forgot"])
def test_strangers_get_the_form_back_as_well(client: FlaskClient, reader: User, address: str):
    files = {name: (BytesIO(b"words"), "words.txt") for name in WORDS}
    assert client.post(address, data=files).status_code == 422


@pytest.mark.parametrize("body", ['{"headline": 5, "title": 5, "new_password": [1]}', "[1]", "5"])
def test_json_is_no_form(me: FlaskClient, reader: User, body: str):
    for address in addresses(reader):
        reply = me.post(address, data=body, content_type="application/json")
        assert reply.status_code in {303, 422}
