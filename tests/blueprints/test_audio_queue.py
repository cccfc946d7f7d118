"""The list of what to play one after the other."""

from tests.factories import make_asset, make_story, make_track, make_user


def test_it_holds_all_that_the_player_needs(me, reader):
    story = make_story(reader, "Rain at noon")
    picture = make_asset(reader, story, thumbnail_key="thumbnails/a.webp")
    known = {"voiceName": "Robin", "peaks": [1, 2]}
    track = make_track(reader, story, storage_key="a", metadata_=known)
    make_track(make_user(), None, storage_key="b")

    assert me.get("/audio/queue.json").json == {
        "items": [
            {
                "key": f"track:{track.id}",
                "src": f"/audio/{track.id}/stream",
                "title": "Rain at noon",
                "by": "Read by Robin",
                "page": f"/news/{story.id}",
                "image": f"/media/{picture.id}/thumbnail",
                "duration": 2.5,
                "peaks": [1, 2],
            }
        ]
    }


def test_the_list_of_narrations_offers_to_play_what_is_unheard(me, reader):
    assert (
        "Play all unheard" not in me.get("/audio/").text.split('id="page"')[1].split("<section")[0]
    )

    make_track(reader, None, storage_key="a")

    assert 'data-queue="/audio/queue.json"' in me.get("/audio/").text.split('id="page"')[1]
