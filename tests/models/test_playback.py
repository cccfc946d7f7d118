"""The second wall around places."""

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

import scope
from extensions import db
from models import PlaybackPosition
from tests.factories import make_track, make_user

pytestmark = pytest.mark.usefixtures("transaction")


def placed():
    owner = make_user()
    track = make_track(owner)
    db.session.add(PlaybackPosition(user_id=owner.id, track_id=track.id, seconds=10, version=1))
    db.session.commit()
    return owner.id, track.id


def test_a_reader_sees_and_changes_only_their_own():
    mine, _ = placed()
    theirs, _ = placed()
    with scope.acting(scope.READER, mine):
        assert db.session.scalars(select(PlaybackPosition.user_id)).all() == [mine]
        for change in (update(PlaybackPosition).values(seconds=1), delete(PlaybackPosition)):
            others = change.where(PlaybackPosition.user_id == theirs)
            assert db.session.execute(others).rowcount == 0
    with scope.acting(scope.READER):
        assert db.session.scalars(select(PlaybackPosition)).all() == []


def test_nobody_keeps_a_place_for_another_or_in_a_foreign_narration():
    mine, track = placed()
    stranger = make_user().id
    for owner in (mine, stranger):
        with pytest.raises(ProgrammingError), scope.acting(scope.READER, stranger):
            db.session.execute(insert(PlaybackPosition).values(user_id=owner, track_id=track))


@pytest.mark.parametrize(
    "bad", [{"seconds": -1}, {"seconds": float("inf")}, {"heard": float("nan")}, {"version": -1}]
)
def test_the_database_refuses_what_is_no_place(bad):
    owner = make_user()
    values = {"user_id": owner.id, "track_id": make_track(owner).id} | bad
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(insert(PlaybackPosition).values(**values))
