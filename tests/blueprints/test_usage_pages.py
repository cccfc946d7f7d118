"""The pages of usage: everybody's for admins, a reader's own for readers."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from extensions import db
from models import AuditEntry, Plan, Role, Subscription, User
from queries.periods import Step, beginning, today
from services import usage
from tests.conftest import queries_counted, signed_in
from tests.factories import make_asset, make_story, make_user


@pytest.fixture
def admin(app: Flask, transaction: None) -> FlaskClient:
    """Return a browser that an admin signed in with."""
    return signed_in(app, make_user("zoe@earshot.test", role=Role.ADMIN))


def table(reply) -> list[list[str]]:
    assert reply.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(reply.text)))


def put_on(user: User, plan: Plan, end: datetime | None = None) -> None:
    row = db.session.scalars(select(Subscription).where(Subscription.user_id == user.id)).one()
    row.plan, row.end_date = plan, end
    db.session.commit()


def test_an_admin_sees_everybodys_numbers_and_no_story(admin: FlaskClient):
    user = make_user("ada@earshot.test")
    make_asset(user, make_story(user, "A secret headline"), byte_size=1_900_000)
    page = admin.get("/usage/").text
    assert "ada@earshot.test" in page
    assert "1.9 MB" in page
    assert "secret" not in page
    assert "2 people" in page


def test_the_file_has_exactly_the_columns_and_rows_that_are_filtered(admin: FlaskClient):
    ada, ben = make_user("ada@earshot.test"), make_user("=ben@earshot.test")
    make_asset(ada, make_story(ada))
    make_story(ada)
    put_on(ben, Plan.PRO)
    reply = admin.get("/usage/statistics.csv?sort=-news")
    assert 'filename="statistics.csv"' in reply.headers["Content-Disposition"]
    rows = table(reply)
    assert rows[0] == ["email", "total_news", "total_media", "subscription_plan"]
    assert rows[1] == ["ada@earshot.test", "2", "1", "free"]
    assert ["'=ben@earshot.test", "0", "0", "pro"] in rows
    assert len(rows) == 4
    assert table(admin.get("/usage/statistics.csv?plan=pro"))[1:] == [
        ["'=ben@earshot.test", "0", "0", "pro"]
    ]
    assert [row[0] for row in table(admin.get("/usage/statistics.csv?q=ADA"))[1:]] == [
        "ada@earshot.test"
    ]


def test_an_export_is_in_the_audit_log_with_what_was_filtered(admin: FlaskClient):
    admin.get("/usage/statistics.csv?plan=free&q=earshot")
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "usage.exported")
    ).one()
    assert entry.actor_email == "zoe@earshot.test"
    assert entry.after == {"file": "statistics.csv", "rows": 1, "plan": "free", "q": "earshot"}


def test_the_table_filters_by_the_state_that_is_true_now(admin: FlaskClient):
    user = make_user("late@earshot.test")
    put_on(user, Plan.PRO, datetime.now(UTC) - timedelta(hours=1))
    assert "late@earshot.test" in admin.get("/usage/?state=expired").text
    assert "late@earshot.test" not in admin.get("/usage/?state=active").text
    assert table(admin.get("/usage/statistics.csv?state=expired"))[1:] == [
        ["late@earshot.test", "0", "0", "pro"]
    ]


def test_pages_follow_each_other_without_scripts_and_with(admin: FlaskClient):
    for number in range(60):
        make_user(f"n{number:02}@earshot.test")
    first = admin.get("/usage/").text
    assert "n49@earshot.test" in first
    assert "n50@earshot.test" not in first
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = admin.get(address).text
    assert "n50@earshot.test" in second
    assert "n49@earshot.test" not in second
    rows = admin.get(address, headers={"HX-Request": "true", "X-Rows": "1"}).text
    assert rows.lstrip().startswith("<tr")


def test_a_search_answers_htmx_with_the_table_alone(admin: FlaskClient):
    reply = admin.get("/usage/?q=nobody-here", headers={"HX-Request": "true"}).text
    assert reply.lstrip().startswith("<section")
    assert "Nobody matches" in reply


def test_people_without_an_active_subscription_are_told_of(admin: FlaskClient):
    user = make_user()
    db.session.query(Subscription).filter_by(user_id=user.id).delete()
    db.session.commit()
    assert "1 person has no active subscription" in " ".join(admin.get("/usage/").text.split())


@pytest.mark.parametrize(
    "path", ["/usage/statistics.csv", "/usage/charts", "/usage/charts/people.csv"]
)
def test_a_reader_gets_nothing_of_everybodys_and_the_attempt_is_noted(me: FlaskClient, path: str):
    assert me.get(path).status_code in {403, 404}
    assert db.session.scalars(select(AuditEntry.action)).all() == ["admin.refused"]


def test_charts_show_what_happened_today(admin: FlaskClient):
    user = make_user()
    usage.record(user.id, "story_created")
    usage.record(user.id, "played", 7200)
    usage.record(user.id, "narrated", 4321)
    make_asset(user, byte_size=5_000_000)
    db.session.commit()
    page = admin.get("/usage/charts").text
    for words in ("4,321", "2 h", "5.0 MB", 'role="img"'):
        assert words in page
    day = today().isoformat()
    for name, column, value in (
        ("people", "people", "2"),
        ("listeners", "listeners", "1"),
        ("stories", "stories", "1"),
        ("characters", "characters", "4321"),
        ("listening", "seconds", "7200"),
        ("storage", "bytes", "5000000"),
    ):
        rows = table(admin.get(f"/usage/charts/{name}.csv"))
        assert rows[0] == ["day", column]
        assert rows[-1] == [day, value]
        assert len(rows) == 31
    assert rows[1] == [(today() - timedelta(days=29)).isoformat(), "0"]


def test_somebody_who_changes_plan_is_one_person_all_the_same(admin: FlaskClient):
    user = make_user()
    usage.record(user.id, "played", 60)
    put_on(user, Plan.PRO)
    usage.record(user.id, "played", 60)
    db.session.commit()
    chart = admin.get("/usage/charts?by=plan&step=month").text.split('id="listeners"')[1]
    row = chart.split("<tbody>")[1].split("</tr>")[0]
    assert re.findall(r"<td[^>]*>([^<]*)", row) == ["1", "1", "1"]


def test_charts_split_by_plan_and_voice(admin: FlaskClient):
    user = make_user()
    put_on(user, Plan.PRO)
    usage.record(user.id, "narrated", 100)
    db.session.commit()
    rows = table(admin.get("/usage/charts/characters.csv?by=plan&step=month"))
    assert rows[0] == ["month", "plan", "characters"]
    assert rows[-1] == [beginning(today(), Step.MONTH).isoformat(), "pro", "100"]
    assert table(admin.get("/usage/charts/characters.csv?by=voice"))[0] == [
        "day",
        "voice",
        "characters",
    ]
    assert table(admin.get("/usage/charts/people.csv?by=voice"))[0] == ["day", "people"]
    page = admin.get("/usage/charts?by=voice").text
    assert "Unknown voice" in page or "Characters" in page
    assert "Pro" in admin.get("/usage/charts?by=plan").text


@pytest.mark.parametrize(
    "query",
    [
        "from=nonsense&to=&step=year&by=x",
        "from=2026-12-01&to=2020-01-01",
        "from=0001-01-01&to=9999-12-31&step=day",
        "from=2020-02-30",
    ],
)
def test_a_range_that_makes_no_sense_is_a_page_all_the_same(admin: FlaskClient, query: str):
    assert admin.get(f"/usage/charts?{query}").status_code == 200
    assert admin.get(f"/usage/charts/people.csv?{query}").status_code == 200


def test_there_is_no_file_of_an_unknown_chart(admin: FlaskClient):
    assert admin.get("/usage/charts/secrets.csv").status_code == 404


def test_a_reader_finds_their_own_year_and_nobody_elses(me: FlaskClient, reader: User):
    other = make_user()
    usage.record(other.id, "played", 999_999)
    usage.record(reader.id, "played", 3600)
    usage.record(reader.id, "story_created")
    db.session.commit()
    page = me.get("/usage/").text
    assert "Your year" in page
    assert "1 h" in page
    assert "277 h" not in page
    assert other.email not in page
    rows = table(me.get("/usage/own.csv"))
    assert rows[0] == ["day", "stories", "media", "characters", "seconds", "bytes"]
    assert rows[-1] == [today().isoformat(), "1", "0", "0", "3600.0", "0"]
    assert 335 <= len(rows) - 1 <= 366
    assert me.get("/usage/own").status_code == 200


def test_an_admin_has_a_year_of_their_own_too(admin: FlaskClient):
    assert "Your year" in admin.get("/usage/own").text


def test_the_front_page_shows_two_weeks_once_there_is_something(me: FlaskClient, reader: User):
    make_story(reader)
    assert "Two weeks" not in me.get("/").text
    usage.record(reader.id, "story_created")
    db.session.commit()
    assert "Stories written" in me.get("/").text
    usage.record(reader.id, "played", 120)
    db.session.commit()
    page = me.get("/").text
    assert "Listened" in page
    assert "2 min" in page


def test_the_number_of_queries_does_not_grow_with_people(admin: FlaskClient):
    admin.get("/usage/")
    with queries_counted() as few:
        admin.get("/usage/")
    for _ in range(20):
        make_user()
    with queries_counted() as many:
        admin.get("/usage/")
    assert len(many) <= len(few)
