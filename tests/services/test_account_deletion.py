"""Deleting an account with everything in it: rows, then objects, then what was left behind."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

import scope
from errors import InvalidInput, NotAllowed, NotFound, StorageError
from extensions import cache, db
from models import AbandonedObject, AuditEntry, MediaAsset, MediaKeep, NewsStory, Role, Tag, User
from queries.holdings import Holdings, holdings_of
from services import account_deletion, story_pictures, tracks
from services.audit import Person
from services.people import LastAdmin
from services.storage import MEDIA, THUMBNAILS, open_storage
from tests.factories import make_asset, make_story, make_user
from tests.feeding import make_source
from tests.models.test_scope import OWNED, furnished
from tests.stored import make_stored_track, store

pytestmark = pytest.mark.usefixtures("transaction")


@pytest.fixture
def admin():
    return make_user(role=Role.ADMIN)


@pytest.fixture
def by(admin):
    return Person(admin.id, admin.email)


def rich():
    """Make a reader with a story, a picture, a recording and a narration, all really stored."""
    owner = make_user()
    story = make_story(owner)
    picture, small, sound = store(b"a", MEDIA), store(b"b", THUMBNAILS), store(b"c", MEDIA)
    make_asset(owner, story, storage_key=picture, thumbnail_key=small, byte_size=700)
    make_asset(owner, type="audio", storage_key=sound, byte_size=200)
    track = make_stored_track(owner, story, b"d" * 100)
    return Person(owner.id, owner.email), [picture, small, sound, track.storage_key], track.id


def with_pictures(owner):
    """Give somebody a story with pictures in its text: a small copy, and one that is wanted."""
    small = store(b"e", THUMBNAILS)
    story = make_story(owner, content="![x](https://a.test/1.png) ![y](https://a.test/2.png)")
    make_asset(owner, story, url="https://a.test/1.png", arrived=True, thumbnail_key=small)
    story_pictures.ask(owner.id, story.id)
    db.session.commit()
    return small


def delete(user, by, **more):
    scope.enter(scope.ADMIN, by.id)
    deleted = account_deletion.delete(user.id, by=by, typed=user.email, **more)
    db.session.commit()
    return deleted


def count(model) -> int:
    with scope.acting(scope.OWNER):
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_dry_run_counts_everything_and_touches_nothing(by):
    owner, keys, _ = rich()
    other = make_user()
    for number, reader in enumerate((owner, owner, other)):
        make_source(reader, f"https://news.test/{number}")
    db.session.add_all(Tag(user_id=reader.id, name="harbour") for reader in (owner, other))
    db.session.commit()
    scope.enter(scope.ADMIN, by.id)

    assert holdings_of(owner.id) == Holdings(
        stories=1,
        images=1,
        sounds=1,
        narrations=1,
        attempts=0,
        places=0,
        sources=2,
        tags=1,
        subscriptions=1,
        metrics=0,
        objects=4,
        bytes=1000,
    )
    assert count(NewsStory) == 1
    assert all(open_storage().exists(key) for key in keys)


def test_pictures_of_texts_go_too(by):
    owner = make_user()
    small = with_pictures(owner)
    assert count(MediaKeep) == 2
    assert account_deletion.discard(delete(Person(owner.id, owner.email), by)) == 0
    assert (count(MediaAsset), count(MediaKeep)) == (0, 0)
    assert not open_storage().exists(small)


def test_rows_and_objects_go_and_the_log_says_how_much(by):
    owner, keys, track = rich()
    tracks.remember(track, b"cached")
    other, others_keys, _ = rich()

    deleted = delete(owner, by)
    assert all(open_storage().exists(key) for key in keys), "not before the commit is known"
    assert account_deletion.discard(deleted) == 0

    assert not any(open_storage().exists(key) for key in keys)
    assert all(open_storage().exists(key) for key in others_keys)
    assert cache.get(tracks.cache_key(track)) is None
    with scope.acting(scope.OWNER):
        assert db.session.scalars(select(NewsStory.user_id)).all() == [other.id]
        assert set(db.session.scalars(select(MediaAsset.user_id))) == {other.id}
        entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject_email, entry.actor_id) == (
        "user.deleted",
        owner.email,
        by.id,
    )
    assert entry.before == {
        "role": "reader",
        "stories": 1,
        "files": 2,
        "narrations": 1,
        "bytes": 1000,
    }


def test_no_table_keeps_a_row_of_somebody_deleted(by):
    owner = furnished()
    before = {model: count(model) for model in OWNED}
    delete(owner, by)
    assert {model: count(model) for model in OWNED} == {
        model: number - 1 for model, number in before.items()
    }


def test_what_storage_would_not_remove_is_left_to_a_worker(by, monkeypatch):
    owner, keys, _ = rich()
    deleted = delete(owner, by)
    with monkeypatch.context() as broken:
        broken.setattr(type(open_storage()), "delete", refuse)
        account_deletion.discard(deleted)
    assert all(open_storage().exists(key) for key in keys)

    scope.enter(scope.WORKER)
    waiting = account_deletion.abandoned()
    assert {key for key, _ in waiting} == set(keys)
    account_deletion.forget(account_deletion.remove_abandoned(waiting))

    assert not any(open_storage().exists(key) for key in keys)
    assert count(AbandonedObject) == 0


def test_a_request_that_has_no_more_patience_says_what_is_left(by, monkeypatch):
    owner, keys, _ = rich()
    deleted = delete(owner, by)
    monkeypatch.setattr(account_deletion, "PATIENCE", -1.0)
    assert account_deletion.discard(deleted) == len(keys)


def test_the_typed_address_must_be_theirs_in_whatever_case(by):
    owner = make_user("Some.One@earshot.test")
    scope.enter(scope.ADMIN, by.id)
    with pytest.raises(InvalidInput, match=r"Type Some\.One@earshot\.test"):
        account_deletion.delete(owner.id, by=by, typed="someone@earshot.test")
    account_deletion.delete(owner.id, by=by, typed=" some.one@EARSHOT.test ")
    with pytest.raises(NotFound):
        account_deletion.delete(owner.id, by=by, typed="some.one@earshot.test")


def test_an_admin_does_not_delete_themselves_by_the_way_nor_the_last_one(by, admin):
    scope.enter(scope.ADMIN, by.id)
    with pytest.raises(NotAllowed, match="on your account page"):
        account_deletion.delete(admin.id, by=by, typed=admin.email)
    scope.enter(scope.READER, by.id)
    with pytest.raises(LastAdmin):
        account_deletion.delete(admin.id, by=by)
    assert count(User) == 1


def test_readers_delete_nobody_but_themselves_by_the_database_either(by):
    victim, reader = make_user().id, make_user().id
    scope.enter(scope.READER, reader)
    assert holdings_of(victim) is None
    assert holdings_of(reader) is not None
    for role, user in ((scope.READER, reader), (scope.ADMIN, reader)):
        with (
            scope.acting(role, user),
            pytest.raises(ProgrammingError, match="not for you"),
            db.session.begin_nested(),
        ):
            db.session.execute(text("SELECT * FROM delete_account(:id)"), {"id": victim})
    for statement in ("SELECT * FROM abandoned_objects", "SELECT may_delete_account(NULL)"):
        with (
            scope.acting(scope.READER, reader),
            pytest.raises(ProgrammingError, match="permission denied"),
            db.session.begin_nested(),
        ):
            db.session.execute(text(statement))


def refuse(*_: object) -> None:
    raise StorageError("Storage is not answering.")
