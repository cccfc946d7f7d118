"""The pages of subscriptions: the table, one of them, what is done, and what readers see."""

import csv
import io
import re

import pytest
from sqlalchemy import text

from extensions import db
from tests.conftest import signed_in
from tests.factories import make_user
from tests.subscribed import DAY, NOW, fresh, log, make_admin, of, subscribe


@pytest.fixture
def admin(app, transaction):
    return signed_in(app, make_admin())


def day(moment):
    return moment.date().isoformat()


def names(page):
    return re.findall(r'class="table__name"><a [^>]+>([^<]+)<', page.text)


def test_readers_see_their_own_and_nothing_of_others(me, reader):
    subscribe(reader, end=NOW + 30 * DAY)
    subscribe(make_user("other@earshot.test"), "enterprise")
    page = me.get("/subscriptions/").text
    assert "Your subscription" in page
    assert "Active until" in page
    assert "other@earshot.test" not in page
    assert "Enterprise" not in page
    for path in ("/subscriptions/new", "/subscriptions/export.csv", "/subscriptions/import"):
        assert me.get(path).status_code == 403
    assert {entry.action for entry in log()} == {"admin.refused"}


def test_a_readers_own_id_opens_no_admin_page(me, reader):
    row = subscribe(reader)
    for path in ("", "/edit", "/cancel"):
        assert me.get(f"/subscriptions/{row.id}{path}").status_code == 404
    for path in ("edit", "cancel", "extend", "plan", "resume"):
        assert me.post(f"/subscriptions/{row.id}/{path}").status_code == 404
    assert fresh(row).status == "active"


def test_a_reader_without_a_plan_in_force_is_told_so(me, reader):
    subscribe(reader, end=NOW - DAY)
    assert "No subscription of yours runs" in me.get("/subscriptions/").text


def test_the_table_filters_sorts_and_counts(admin):
    subscribe(make_user("bea@earshot.test"), end=NOW + 3 * DAY)
    subscribe(make_user("abe@earshot.test"), end=NOW + 60 * DAY)
    subscribe(make_user("cleo@earshot.test"), status="cancelled", end=NOW - DAY)
    page = admin.get("/subscriptions/?plan=pro&sort=email")
    assert names(page) == ["abe@earshot.test", "bea@earshot.test", "cleo@earshot.test"]
    assert "4 people, 2 on Pro, 1 ends within a week" in page.text
    assert "3 subscriptions match" in page.text
    assert "Export 3 as CSV" in page.text
    assert 'aria-sort="ascending"' in page.text
    assert names(admin.get("/subscriptions/?ends=7")) == ["bea@earshot.test"]
    assert names(admin.get("/subscriptions/?q=CLEO&plan=pro")) == ["cleo@earshot.test"]
    assert names(admin.get("/subscriptions/?history=current&plan=pro&sort=-email")) == [
        "bea@earshot.test",
        "abe@earshot.test",
    ]
    assert "No subscription matches" in admin.get("/subscriptions/?q=nobody").text
    assert admin.get("/subscriptions/?plan=gold&sort=x&after=%00&ends=0").status_code == 200


def test_htmx_gets_the_table_or_only_further_rows(admin):
    for _ in range(51):
        make_user()
    page = admin.get("/subscriptions/?sort=email")
    assert len(names(page)) == 50
    further = re.search(r'rel="next" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    rows = admin.get(further, headers={"HX-Request": "true"})
    assert rows.text.lstrip().startswith("<tr")
    assert len(names(rows)) == 2
    table = admin.get("/subscriptions/?q=reader", headers={"HX-Request": "true"})
    assert table.text.lstrip().startswith("<section")


def test_saving_a_subscription(admin, reader):
    form = {"email": reader.email, "plan": "pro", "status": "active", "start_date": day(NOW)}
    reply = admin.post("/subscriptions/new", data=form | {"end_date": day(NOW + 30 * DAY)})
    assert reply.status_code == 303
    assert of(reader) == [("free", "cancelled"), ("pro", "active")]
    page = admin.get(reply.location).text
    assert "Active until" in page
    assert "Started" in page
    row = db.session.execute(text("SELECT end_date FROM subscriptions WHERE plan = 'pro'")).one()
    assert row.end_date.strftime("%H:%M:%S") == "23:59:59", "the last day counts"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "nobody@earshot.test"}, "Nobody here has this address"),
        ({"email": ""}, "Enter whose it is"),
        ({"start_date": "31.12.2026"}, "Enter a date like"),
        ({"start_date": ""}, "Enter when it starts"),
        ({"end_date": "2026-02-30"}, "Enter a date like"),
        ({"end_date": "99999-01-01"}, "Enter a date like"),
        ({"end_date": "2001-01-01"}, "The end is before the start"),
        ({"plan": "gold"}, "Not a valid choice"),
        ({"status": "paused"}, "Not a valid choice"),
        ({"reason": "x" * 301}, "within 300"),
    ],
)
def test_a_form_that_cannot_be_is_refused_with_its_values_kept(admin, reader, changes, words):
    form = {"email": reader.email, "plan": "enterprise", "start_date": "2026-01-05T10:30"}
    form |= {"status": "active", "end_date": "", "reason": "Kept words"} | changes
    reply = admin.post("/subscriptions/new", data=form)
    assert reply.status_code == 422
    assert words in reply.text
    if "reason" not in changes:
        assert 'value="Kept words"' in reply.text
    if "start_date" not in changes:
        assert 'type="text" value="2026-01-05T10:30"' in reply.text.replace("\n", " ") or (
            "2026-01-05T10:30" in reply.text
        )
    assert of(reader) == [("free", "active")]


def test_a_second_active_one_is_refused_until_the_first_is_said_to_end(admin, reader):
    subscribe(reader)
    form = {"email": reader.email, "plan": "enterprise", "status": "active"}
    form["start_date"] = day(NOW)
    reply = admin.post("/subscriptions/new", data=form)
    assert reply.status_code == 422
    assert "has an active Pro subscription already" in reply.text
    assert 'name="end_present"' in reply.text
    assert admin.post("/subscriptions/new", data=form | {"end_present": "y"}).status_code == 303
    assert of(reader)[1:] == [("pro", "cancelled"), ("enterprise", "active")]


def test_dates_are_read_on_the_admins_clock(admin, reader):
    admin.set_cookie("tz", "Asia/Tokyo")
    form = {"email": reader.email, "plan": "pro", "status": "active", "start_date": "2026-01-05"}
    reply = admin.post("/subscriptions/new", data=form)
    start = "SELECT start_date AT TIME ZONE 'UTC' FROM subscriptions WHERE plan = 'pro'"
    assert str(db.session.scalar(text(start))) == "2026-01-04 15:00:00"
    assert "5 Jan" in admin.get(reply.location).text


def test_each_act_is_done_and_told(admin, reader):
    row = subscribe(reader, end=NOW + 10 * DAY)
    address = f"/subscriptions/{row.id}"
    assert admin.post(f"{address}/extend", data={"months": "3"}).status_code == 303
    assert admin.post(f"{address}/cancel", data={"when": "end"}).status_code == 303
    page = admin.get(address).text
    assert "Access until" in page
    assert "Resume" in page
    assert admin.post(f"{address}/resume", data={"reason": "Changed their mind"}).location
    moved = admin.post(f"{address}/plan", data={"plan": "enterprise"}).location
    assert moved != address
    assert "It continues this one" in admin.get(moved).text
    page = admin.get(address).text
    for words in ("Extended", "Cancelled", "Resumed", "Changed their mind", "Changed the plan"):
        assert words in page
    assert "Start a new one" in page
    assert admin.post(f"{moved}/cancel", data={"when": "now"}).location == moved
    assert "Ended" in admin.get(moved).text
    assert [one[1] for one in of(reader)] == ["cancelled"] * 3


@pytest.mark.parametrize(
    ("path", "form", "words", "status"),
    [
        ("extend", {"months": "2"}, "Choose how long", 422),
        ("extend", {"until": "soon"}, "Enter a date like", 422),
        ("extend", {"until": "2001-01-01"}, "ends later already", 422),
        ("plan", {"plan": "pro"}, "is on Pro already", 422),
        ("plan", {}, "Not a valid choice", 422),
        ("cancel", {"when": "never"}, "Not a valid choice", 422),
        ("resume", {}, "is not cancelled", 422),
    ],
)
def test_an_act_that_cannot_be_says_so_in_its_place(admin, reader, path, form, words, status):
    row = subscribe(reader, end=NOW + 10 * DAY)
    reply = admin.post(f"/subscriptions/{row.id}/{path}", data=form)
    assert reply.status_code == status
    assert words in reply.text
    assert fresh(row).status == "active"


def test_resuming_beside_another_active_one_is_a_conflict_in_words(admin, reader):
    row = subscribe(reader, status="cancelled", end=NOW + 10 * DAY)
    reply = admin.post(f"/subscriptions/{row.id}/resume")
    assert reply.status_code == 409
    assert "has an active Free subscription meanwhile" in reply.text


def test_an_edited_form_left_alone_changes_nothing(admin, reader):
    row = subscribe(reader, status="cancelled", end=NOW + 10 * DAY)
    page = admin.get(f"/subscriptions/{row.id}/edit").text
    form = dict(re.findall(r'name="(version|start_date|end_date)"[^>]* value="([^"]*)"', page))
    assert form["end_date"] == day(row.end_date)
    form |= {"plan": "pro", "status": "cancelled"}
    assert admin.post(f"/subscriptions/{row.id}/edit", data=form).status_code == 303
    assert fresh(row).end_date == NOW + 10 * DAY, "to the second"
    assert log("subscription.edited") == []


def test_an_edited_end_leaves_the_rest(admin, reader):
    row = subscribe(reader, end=NOW + 10 * DAY)
    form = {"end_date": day(NOW + 20 * DAY)}
    assert admin.post(f"/subscriptions/{row.id}/edit", data=form).status_code == 303
    assert (fresh(row).status, fresh(row).plan, fresh(row).start_date) == (
        "active",
        "pro",
        NOW - 60 * DAY,
    )
    stale = form | {"version": "2020-01-01T00:00:00+00:00", "end_date": day(NOW + 40 * DAY)}
    reply = admin.post(f"/subscriptions/{row.id}/edit", data=stale)
    assert reply.status_code == 422
    assert "while you had it open" in reply.text
    before = admin.post(f"/subscriptions/{row.id}/edit", data={"end_date": "2001-01-01"})
    assert "The end is before the start" in before.text


def exported(admin, query=""):
    reply = admin.get(f"/subscriptions/export.csv{query}")
    assert reply.status_code == 200
    assert reply.content_type.startswith("text/csv")
    return list(csv.DictReader(io.StringIO(reply.text)))


def test_the_export_is_exactly_what_is_filtered(admin):
    row = subscribe(make_user("=cmd@earshot.test"), end=NOW + 10 * DAY)
    subscribe(make_user("x@earshot.test"), "enterprise")
    (line,) = exported(admin, "?plan=pro")
    assert line == {
        "id": str(row.id),
        "email": "'=cmd@earshot.test",
        "plan": "pro",
        "status": "active",
        "state": "active",
        "start_date": (NOW - 60 * DAY).isoformat(),
        "end_date": (NOW + 10 * DAY).isoformat(),
        "created_at": fresh(row).created_at.isoformat(),
    }
    entry = log("subscription.exported")[0]
    assert entry.after == {"count": 1, "filters": {"plan": "pro"}}


def test_when_the_clock_passes_an_end_everything_agrees_before_any_job_ran(app, admin, reader, me):
    row = subscribe(reader, end=NOW + 10 * DAY)

    def told():
        table = admin.get(f"/subscriptions/?q={reader.email}&plan=pro").text
        active = names(admin.get("/subscriptions/?state=active&plan=pro"))
        expired = names(admin.get("/subscriptions/?state=expired"))
        state = exported(admin, "?plan=pro")[0]["state"]
        return (
            re.search(r'data-state="(\w+)"', table)[1],
            reader.email in active,
            reader.email in expired,
            state,
            "You are on" in me.get("/subscriptions/").text
            and ">Pro<" in me.get("/subscriptions/").text.split("Others of yours")[0],
            "1 on Pro" in table,
        )

    assert told() == ("active", True, False, "active", True, True)
    db.session.execute(
        text("UPDATE subscriptions SET end_date = now() - interval '1 second' WHERE id = :id"),
        {"id": row.id},
    )
    db.session.commit()
    assert told() == ("expired", False, True, "expired", False, False)
    assert fresh(row).status == "active", "nothing was written down"
