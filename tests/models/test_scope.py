"""The second wall: what a transaction sees without naming an owner in its query."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import ProgrammingError

import scope
from extensions import db
from models import (
    ApiToken,
    Archive,
    AudioAlignment,
    AudioGeneration,
    AudioTrack,
    Briefing,
    BriefingPlan,
    IdempotencyKey,
    MediaAsset,
    MediaKeep,
    NewsStory,
    PodcastFeed,
    Role,
    Source,
    SourceEntry,
    Subscription,
    UsageCounter,
    UsageMetric,
    User,
    UserTotals,
)
from tests.factories import make_asset, make_story, make_track, make_user

pytestmark = pytest.mark.usefixtures("transaction")

OWNED = [
    User,
    ApiToken,
    IdempotencyKey,
    Archive,
    PodcastFeed,
    BriefingPlan,
    Briefing,
    MediaKeep,
    NewsStory,
    MediaAsset,
    AudioTrack,
    AudioAlignment,
    AudioGeneration,
    Subscription,
    UsageCounter,
    UsageMetric,
    UserTotals,
    Source,
    SourceEntry,
]


def furnished() -> User:
    """Make a reader with a row in every table that has an owner."""
    owner = make_user()
    story = make_story(owner)
    asset = make_asset(owner, story)
    track = make_track(owner, story)
    db.session.add_all(
        [
            AudioAlignment(track_id=track.id, characters=["a"], start_times=[0], end_times=[1]),
            AudioGeneration(
                user_id=owner.id,
                news_id=story.id,
                track_id=track.id,
                voice_id="en",
                model_id="espeak",
                status="completed",
            ),
            Archive(user_id=owner.id, kind="export"),
            MediaKeep(media_id=asset.id, user_id=owner.id),
            UsageMetric(user_id=owner.id, action="story_created"),
            ApiToken(
                user_id=owner.id,
                name="A program",
                scopes=["read:stories"],
                digest=str(owner.id),
                prefix="earshot_",
            ),
            PodcastFeed(user_id=owner.id, token=f"{owner.id}"),
            BriefingPlan(user_id=owner.id),
            Briefing(user_id=owner.id, day=date(2026, 3, 1), deadline=datetime.now(UTC)),
            IdempotencyKey(user_id=owner.id, key="one", request_digest="x", status=201, body="{}"),
        ]
    )
    source = Source(user_id=owner.id, url="https://e.test/feed", host="e.test")
    db.session.add(source)
    db.session.flush()
    db.session.add(
        SourceEntry(source_id=source.id, guid_digest="x", user_id=owner.id, news_id=story.id)
    )
    db.session.commit()
    return owner


@pytest.mark.parametrize("model", OWNED)
def test_a_query_without_its_owner_shows_a_reader_their_own_rows_only(model):
    owner = furnished()
    furnished()
    whole = len(db.session.execute(select(model)).all())
    with scope.acting(scope.READER, owner.id):
        assert len(db.session.execute(select(model)).all()) == whole / 2 == 1


@pytest.mark.parametrize("model", OWNED)
def test_a_transaction_that_names_no_reader_sees_nothing(model):
    furnished()
    with scope.acting(scope.READER):
        assert db.session.execute(select(model)).all() == []


@pytest.mark.parametrize("model", [NewsStory, MediaAsset, AudioTrack, AudioGeneration, Source])
def test_a_reader_changes_and_deletes_nothing_of_others(model):
    furnished()
    stranger = make_user()
    with scope.acting(scope.READER, stranger.id):
        changed = db.session.execute(update(model).values(updated_at=func.now()))
        assert changed.rowcount == 0
        assert db.session.execute(delete(model)).rowcount == 0


def test_a_reader_cannot_write_a_row_for_somebody_else():
    victim, attacker = make_user().id, make_user().id
    with (
        scope.acting(scope.READER, attacker),
        pytest.raises(ProgrammingError, match="row-level security"),
        db.session.begin_nested(),
    ):
        db.session.add(NewsStory(user_id=victim, headline="Planted", content="x"))
        db.session.flush()


@pytest.mark.parametrize(
    "row",
    [
        lambda victim: UsageMetric(user_id=victim, action="played", quantity=9),
        lambda victim: ApiToken(
            user_id=victim, name="x", scopes=["read:stories"], digest="x", prefix="x"
        ),
        lambda victim: PodcastFeed(user_id=victim, token="x" * 43),
        lambda victim: IdempotencyKey(user_id=victim, key="k", request_digest="x"),
        lambda victim: UsageCounter(user_id=victim, resource="characters", period=date(2026, 3, 1)),
    ],
)
def test_nobody_uses_something_for_somebody_else(row):
    victim, attacker = make_user().id, make_user().id
    with (
        scope.acting(scope.READER, attacker),
        pytest.raises(ProgrammingError, match="row-level security"),
        db.session.begin_nested(),
    ):
        db.session.add(row(victim))
        db.session.flush()


def test_a_reader_cannot_raise_their_own_role_or_read_partitions():
    reader = furnished()
    for statement in (
        "UPDATE users SET role = 'admin'",
        "UPDATE users SET password_hash = NULL",
        "SELECT * FROM usage_metrics_default",
        "SELECT * FROM throttles",
        "SELECT * FROM counted_totals",
        "SELECT rebuild_totals()",
        # What runs as the owner could otherwise be tied to a table of one's own.
        "CREATE TEMP TABLE mine (user_id uuid);"
        " CREATE TRIGGER t AFTER INSERT ON mine REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_totals('1', '1', '1', '1', '1', '1')",
        "UPDATE user_totals SET news = 0",
        "DELETE FROM usage_counters",
        "UPDATE api_tokens SET scopes = '{write:stories}'",
        "UPDATE api_tokens SET expires_at = NULL",
        "DELETE FROM api_tokens",
        "SELECT drop_usage_month('2030-01-01')",
        "SELECT delete_old_usage('2030-01-01', 10)",
        "DELETE FROM users",
    ):
        with (
            scope.acting(scope.READER, reader.id),
            pytest.raises(ProgrammingError, match="permission denied"),
            db.session.begin_nested(),
        ):
            db.session.execute(text(statement))


@pytest.mark.parametrize("model", [User, Subscription, UsageMetric, UsageCounter, UserTotals])
def test_the_admin_role_helps_only_a_real_admin(model):
    reader = furnished()
    admin = make_user(role=Role.ADMIN)
    with scope.acting(scope.ADMIN, reader.id):
        assert db.session.execute(select(model)).all() == []
    with scope.acting(scope.ADMIN, admin.id):
        assert db.session.execute(select(model)).all() != []


@pytest.mark.parametrize(
    "model", [NewsStory, MediaAsset, AudioTrack, AudioAlignment, Source, SourceEntry]
)
def test_admins_and_the_sign_in_role_never_see_what_somebody_reads(model):
    admin = make_user(role=Role.ADMIN)
    for role in (scope.ADMIN, scope.ACCOUNTS):
        with (
            scope.acting(role, admin.id),
            pytest.raises(ProgrammingError, match="permission denied"),
            db.session.begin_nested(),
        ):
            db.session.execute(select(model))


def test_the_search_function_scopes_itself():
    owner, stranger = make_user(), make_user()
    make_story(owner, "Harbour")
    count = text("SELECT count(*) FROM search_news('harbour', NULL, NULL, 10)")
    with scope.acting(scope.READER, owner.id):
        assert db.session.scalar(count) == 1
    with scope.acting(scope.READER, stranger.id):
        assert db.session.scalar(count) == 0
    with scope.acting(scope.READER):
        assert db.session.scalar(count) == 0
