"""The live database against the source document, and models against migrations."""

import re
from datetime import UTC, datetime

import flask_migrate
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

import scope
from app import create_app
from extensions import db
from runtime.schema import plain
from tests.conftest import queries_counted
from tests.factories import make_asset, make_story, make_track, make_user

pytestmark = pytest.mark.usefixtures("transaction")

DOCUMENT = {
    "audio_tracks": "id uuid, url text, text text, duration float8, created_at timestamptz,"
    " updated_at timestamptz, metadata jsonb",
    "audio_alignments": "id uuid, track_id uuid, characters _text, start_times _float8,"
    " end_times _float8, created_at timestamptz, updated_at timestamptz",
    "audio_generation_history": "id uuid, track_id uuid, voice_id text, model_id text,"
    " settings jsonb, status text, error text, created_at timestamptz, updated_at timestamptz",
    "news_history": "id uuid, headline text, content text, source_url text,"
    " published_at timestamptz, user_id uuid, metadata jsonb, created_at timestamptz,"
    " updated_at timestamptz",
    "media_assets": "id uuid, news_id uuid, type text, url text, metadata jsonb,"
    " created_at timestamptz",
    "users": "id uuid, email text, metadata jsonb, created_at timestamptz, updated_at timestamptz",
    "subscriptions": "id uuid, user_id uuid, plan text, status text, start_date timestamptz,"
    " end_date timestamptz, metadata jsonb, created_at timestamptz, updated_at timestamptz",
    "usage_metrics": "id uuid, user_id uuid, news_id uuid, subscription_id uuid, action text,"
    " metadata jsonb, created_at timestamptz",
}
INDEXES = {
    "idx_audio_tracks_created_at",
    "idx_audio_alignments_track_id",
    "idx_audio_generation_history_track_id",
    "idx_audio_generation_history_status",
    "idx_news_headline",
    "idx_news_user_id",
    "idx_news_created_at",
    "idx_media_news_id",
    "idx_media_type",
    "idx_users_email",
    "idx_subscriptions_user_id",
    "idx_subscriptions_status",
    "idx_metrics_user_id",
    "idx_metrics_created_at",
}
CHECKS = {"valid_duration", "valid_url", "valid_alignment", "valid_times", "valid_status"}


@pytest.mark.parametrize("table", DOCUMENT)
def test_every_column_of_the_document_stands_first_under_its_name_and_type(table: str):
    columns = db.session.execute(
        text(
            "SELECT column_name || ' ' || udt_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = :table ORDER BY ordinal_position"
        ),
        {"table": table},
    ).scalars()
    wanted = [" ".join(column.split()) for column in DOCUMENT[table].split(",")]
    assert list(columns)[: len(wanted)] == wanted


def test_every_index_and_check_of_the_document_is_there():
    indexes = set(db.session.scalars(text("SELECT indexname FROM pg_indexes")))
    checks = set(db.session.scalars(text("SELECT conname FROM pg_constraint WHERE contype='c'")))
    assert indexes >= INDEXES
    assert checks >= CHECKS


def test_every_table_with_updated_at_keeps_it():
    story = make_story(make_user())
    db.session.execute(
        text("UPDATE news_history SET updated_at = '2000-01-01', headline = 'New' WHERE id = :id"),
        {"id": story.id},
    )
    year = db.session.scalar(text("SELECT extract(year FROM updated_at) FROM news_history"))
    assert year >= 2026
    without = db.session.scalars(
        text(
            "SELECT c.table_name FROM information_schema.columns AS c"
            " JOIN information_schema.tables AS t USING (table_schema, table_name)"
            " WHERE column_name = 'updated_at' AND table_schema = 'public'"
            " AND table_type = 'BASE TABLE' AND NOT EXISTS ("
            "   SELECT FROM information_schema.triggers AS g"
            "   WHERE g.event_object_table = c.table_name"
            "     AND g.action_statement LIKE '%update_updated_at_column%')"
        )
    ).all()
    assert without == []


ALIGNED = "ARRAY['H', 'i'], ARRAY[0.0, 0.1], ARRAY[0.1, 0.2]"


def align(arrays: str) -> None:
    track = make_track(make_user())
    with db.session.begin_nested():
        db.session.execute(
            text(
                "INSERT INTO audio_alignments (track_id, characters, start_times, end_times)"
                f" VALUES (:track, {arrays})"
            ),
            {"track": track.id},
        )


def test_an_alignment_with_parallel_times_is_kept():
    align(ALIGNED)
    assert db.session.scalar(text("SELECT count(*) FROM audio_alignments")) == 1


@pytest.mark.parametrize(
    ("arrays", "check"),
    [
        ("ARRAY['H', 'i'], ARRAY[0.0], ARRAY[0.1, 0.2]", "valid_alignment"),
        ("ARRAY['H', 'i'], ARRAY[0.0, 0.1], ARRAY[0.1]", "valid_alignment"),
        ("'{}'::text[], '{}'::float[], '{}'::float[]", "valid_alignment"),
        ("ARRAY['H', 'i'], ARRAY[0.2, 0.5], ARRAY[0.4, 0.3]", "valid_"),
        ("ARRAY['H', 'i'], ARRAY[0.1, 0.0], ARRAY[0.3, 0.3]", "valid_"),
        ("ARRAY['H', 'i'], ARRAY[-0.1, 0.0], ARRAY[0.3, 0.3]", "valid_spans"),
        ("ARRAY['H', NULL], ARRAY[0.0, 0.1], ARRAY[0.1, 0.2]", "valid_spans"),
        ("ARRAY['H', 'i'], ARRAY[0.0, NULL]::float[], ARRAY[0.1, 0.2]", "valid_spans"),
        ("ARRAY['H', 'i'], ARRAY[0.0, 'NaN']::float[], ARRAY[0.1, 'NaN']::float[]", "valid_spans"),
        ("ARRAY['H', 'i'], ARRAY[0.0, 0.1], ARRAY[0.1, 'Infinity']::float[]", "valid_spans"),
    ],
)
def test_an_alignment_that_cannot_be_is_refused(arrays: str, check: str):
    with pytest.raises(IntegrityError, match=check):
        align(arrays)


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE audio_tracks SET duration = 0", "valid_duration"),
        ("UPDATE audio_tracks SET url = 'audio/1.mp3'", "valid_url"),
        ("UPDATE media_assets SET type = 'video'", "media_assets_type_check"),
        ("UPDATE subscriptions SET plan = 'gold'", "subscriptions_plan_check"),
        ("UPDATE subscriptions SET status = 'paused'", "subscriptions_status_check"),
        ("UPDATE users SET role = 'owner'", "valid_role"),
        (
            "INSERT INTO subscriptions (user_id, plan, status, start_date)"
            " SELECT id, 'pro', 'active', now() FROM users",
            "uq_subscriptions_one_active",
        ),
        ("INSERT INTO users (email) SELECT upper(email) FROM users", "idx_users_email"),
        (
            "INSERT INTO media_assets (user_id, news_id, type, url) SELECT u.id, n.id, 'image',"
            " 'http://x' FROM users AS u, news_history AS n WHERE n.user_id <> u.id",
            "media_assets_news_id_fkey",
        ),
    ],
)
def test_the_database_refuses_what_must_never_be(statement: str, check: str):
    owner = make_user()
    story = make_story(owner)
    make_asset(owner, story)
    make_track(owner, story)
    if "<> u.id" in statement:
        make_user()
    with pytest.raises(IntegrityError, match=check), db.session.begin_nested():
        db.session.execute(text(statement))


def test_rows_with_the_documents_columns_only_belong_to_their_storys_owner():
    story = make_story(make_user())
    for statement in (
        "INSERT INTO media_assets (news_id, type, url) VALUES (:id, 'image', 'http://x')",
        "INSERT INTO audio_tracks (news_id, url, text, duration) VALUES (:id, 'http://x', 'a', 1)",
    ):
        db.session.execute(text(statement), {"id": story.id})
    owners = db.session.scalars(
        text("SELECT user_id FROM media_assets UNION ALL SELECT user_id FROM audio_tracks")
    ).all()
    assert owners == [story.user_id] * 2


def test_no_usage_metric_is_ever_without_a_partition_and_the_month_can_come_later():
    user = make_user()
    long_ago = datetime(1999, 5, 5, tzinfo=UTC)
    db.session.execute(
        text("INSERT INTO usage_metrics (user_id, action, created_at) VALUES (:user, 'x', :when)"),
        {"user": user.id, "when": long_ago},
    )
    where = text("SELECT tableoid::regclass::text FROM usage_metrics WHERE created_at = :when")
    assert db.session.scalar(where, {"when": long_ago}) == "usage_metrics_default"
    assert db.session.scalar(text("SELECT make_usage_partitions('1999-05-20', 2)")) == 2
    assert db.session.scalar(where, {"when": long_ago}) == "usage_metrics_1999_05"
    assert db.session.scalar(text("SELECT make_usage_partitions('1999-05-20', 2)")) == 0


def test_models_and_migrations_agree(app: Flask):
    def ours(thing, name, kind, reflected, _other):
        return not (kind == "table" and reflected and name.startswith("usage_metrics_"))

    context = MigrationContext.configure(
        db.session.connection(),
        opts={"include_object": ours, "compare_type": True, "target_metadata": db.metadata},
    )
    assert compare_metadata(context, db.metadata) == []


def test_a_migration_gives_up_on_a_lock_and_leaves_no_limit_behind(new_database, make_settings):
    address = new_database("locked")
    app = create_app(make_settings(database_url=address))
    with app.app_context(), psycopg.connect(plain(address)) as other:
        other.execute("LOCK TABLE users")
        with queries_counted() as statements, pytest.raises(OperationalError, match="lock timeout"):
            flask_migrate.downgrade(revision="base")
        db.engine.dispose()
    assert not [one for one in statements if re.match("SET (?!LOCAL)", one, re.IGNORECASE)]


def test_every_migration_goes_down_and_up_again(new_database, make_settings):
    app = create_app(make_settings(database_url=new_database("down_and_up")))
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        scope.enter(scope.OWNER)
        tables = db.session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        assert tables == ["alembic_version"]
        db.session.remove()
        flask_migrate.upgrade()
        scope.enter(scope.OWNER)
        assert db.session.scalar(text("SELECT count(*) FROM news_history")) == 0
        db.session.remove()
        db.engine.dispose()
