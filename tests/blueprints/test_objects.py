"""The addresses that `url` columns hold."""

from services.storage import MEDIA, THUMBNAILS, new_key
from tests.factories import make_asset, make_user
from tests.stored import make_stored_track


def test_the_owner_is_sent_to_where_the_object_is_served(me, reader):
    asset = make_asset(reader, storage_key=new_key(MEDIA), thumbnail_key=new_key(THUMBNAILS))
    track = make_stored_track(reader)

    for key, address in (
        (asset.storage_key, f"/media/{asset.id}/file"),
        (asset.thumbnail_key, f"/media/{asset.id}/thumbnail"),
        (track.storage_key, f"/audio/{track.id}/stream"),
    ):
        reply = me.get(f"/objects/{key}")
        assert (reply.status_code, reply.headers["Location"]) == (302, address)


def test_nobody_else_learns_that_there_is_one(me, client):
    asset = make_asset(make_user(), storage_key=new_key(MEDIA))

    assert me.get(f"/objects/{asset.storage_key}").status_code == 404
    for key in ("media/../../etc/passwd", "%00", "a%00b", "media/%5c", "x" * 300, "%ff", "☃"):
        assert me.get(f"/objects/{key}").status_code == 404
    assert client.get(f"/objects/{asset.storage_key}").status_code == 302
