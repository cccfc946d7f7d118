"""Nothing of a reader is forgotten: every table with an owner travels, or says why not."""

import re

import pytest
from sqlalchemy import text

from extensions import Base, db
from services.archive.tables import LEFT_OUT, all_tables

SECRET = re.compile(r"password|secret|token|digest|hash|session", re.IGNORECASE)
KNOWN_DIGESTS = {"sha256", "guid_digest", "url_digest", "entry_digest", "story_digest"}


@pytest.mark.usefixtures("transaction")
def test_every_table_with_an_owner_travels_or_says_why_not():
    owned = set(
        db.session.scalars(
            text(
                "SELECT DISTINCT c.relname FROM pg_constraint AS k"
                " JOIN pg_class AS c ON c.oid = k.conrelid"
                " WHERE k.contype = 'f' AND k.confrelid IN ('users'::regclass,"
                " 'audio_tracks'::regclass, 'news_history'::regclass)"
                " AND NOT c.relispartition"
            )
        )
    ) | set(
        db.session.scalars(
            text(
                "SELECT DISTINCT c.relname FROM pg_attribute AS a"
                " JOIN pg_class AS c ON c.oid = a.attrelid"
                " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
                " AND NOT c.relispartition AND a.attname IN ('user_id', 'owner_id')"
            )
        )
    )
    travels = {table.name for table in all_tables()}

    assert {"news_history", "story_tags", "audio_alignments"} <= owned
    assert owned - travels - set(LEFT_OUT) == set()
    assert not travels & set(LEFT_OUT)
    assert all(LEFT_OUT.values())


def test_rows_refer_only_to_what_comes_before_them():
    before: set[str] = set()
    for table in all_tables():
        known = set(Base.metadata.tables)
        assert {name for name in table.refers.values() if name in known} <= before | {table.name}
        before.add(table.name)


def test_every_reference_between_what_travels_is_followed():
    names = {table.name for table in all_tables() if table.restored}
    for table in all_tables():
        if not table.restored:
            continue
        for key in table.sql.foreign_keys:
            target = key.column.table.name
            if target in names and key.parent.name != "user_id":
                assert table.refers.get(key.parent.name) == target, (table.name, key.parent.name)


def test_no_secret_is_written():
    for table in all_tables():
        for column in table.columns:
            assert column in KNOWN_DIGESTS or not SECRET.search(column), (table.name, column)
