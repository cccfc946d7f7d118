"""The audit log's page and export."""

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from extensions import db
from models import AuditEntry, Role
from services import audit
from services.audit import Person
from tests.conftest import signed_in
from tests.factories import make_user

HTMX = {"HX-Request": "true"}


@pytest.fixture
def boss(transaction):
    return make_user("boss@earshot.test", role=Role.ADMIN)


@pytest.fixture
def admin(app, boss):
    return signed_in(app, boss)


def note(action, *, at=None, **columns):
    db.session.add(AuditEntry(action=action, **({"created_at": at} if at else {}), **columns))
    db.session.commit()


def test_an_entry_says_everything_in_plain_words(admin, boss, reader):
    audit.record(
        "subscription.extended",
        actor=Person(boss.id, boss.email),
        subject=Person(reader.id, reader.email),
        reason="Paid <by> card",
        before={"end_date": "2026-01-01T10:00:00+00:00"},
        after={"end_date": "2027-01-01T10:00:00+00:00"},
    )
    note("user.added", subject_id=reader.id, subject_email=reader.email)
    page = admin.get("/audit/").text

    assert "Extended a subscription" in page
    assert "Paid &lt;by&gt; card" in page
    assert "Thursday 1 January 2026, 10:00 UTC" in page
    assert "Friday 1 January 2027, 10:00 UTC" in page
    assert f"/users/{reader.id}" in page
    assert "the site’s command line" in page
    assert "2 entries" in page


def test_days_are_the_readers_own(admin):
    note("user.added", at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    assert "1 entry" in admin.get("/audit/?from=2026-03-01&to=2026-03-01").text
    admin.set_cookie("tz", "Europe/Berlin")
    assert "No such entry" in admin.get("/audit/?from=2026-03-01&to=2026-03-01").text
    assert "1 entry" in admin.get("/audit/?from=2026-03-02").text


@pytest.mark.parametrize(
    "query", ["from=nonsense", "to=0001-01-01", "before=%00", "action=no.such"]
)
def test_nonsense_in_the_address_is_no_error(admin, query):
    note("user.added")
    assert admin.get(f"/audit/?{query}").status_code == 200


def test_older_entries_come_by_key_and_keep_the_filters(admin, boss):
    for _ in range(55):
        note("user.signed_out", actor_id=boss.id, actor_email=boss.email)
    note("user.added")
    page = admin.get("/audit/?actor=boss").text
    assert "55 entries" in page
    address = re.search(r'hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
    assert "actor=boss" in address
    rows = admin.get(address, headers=HTMX).text
    assert "<section" not in rows
    assert rows.count('<li class="entry') == 5
    assert "Back to the newest" in admin.get(address).text


def test_the_export_is_what_is_filtered_and_is_itself_an_entry(admin, boss):
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    note("user.suspended", at=long_ago, reason="=HYPERLINK()", after={"suspended": True})
    note("user.added")

    rows = list(csv.DictReader(io.StringIO(admin.get("/audit/audit.csv?q=hyperlink").text)))

    assert [(row["action"], row["reason"]) for row in rows] == [
        ("Suspended the account", "'=HYPERLINK()")
    ]
    assert json.loads(rows[0]["after"]) == {"suspended": True}
    assert rows[0]["actor"] == "command line"
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "audit.exported")
    ).one()
    assert (entry.after, entry.actor_id) == ({"rows": 1, "q": "hyperlink"}, boss.id)


def test_what_people_do_to_their_own_accounts_is_there(app, admin, reader):
    me = signed_in(app, reader)
    change = {"current_password": "correct horse battery", "new_password": "another good password"}
    assert me.post("/account/password", data=change).status_code == 303
    assert me.post("/account/sign-out-everywhere").status_code == 303
    page = admin.get("/audit/").text
    assert "Changed the password" in page
    assert "Signed out everywhere" in page
