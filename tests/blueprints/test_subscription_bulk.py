"""The pages of many subscriptions at once, and of files of them."""

import io
import re

import pytest
from sqlalchemy import text

from extensions import db
from tests.conftest import signed_in
from tests.factories import make_user
from tests.subscribed import DAY, NOW, fresh, make_admin, of, subscribe

HEAD = "email,plan,start_date,note\n"


@pytest.fixture
def admin(app, transaction):
    return signed_in(app, make_admin())


def hidden(page):
    """Return the hidden fields of the form in the middle of a page, as a browser sends them."""
    form = page.text.split('id="page"')[1]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    values = {}
    for name, value in found:
        values.setdefault(name, []).append(value)
    return values


def ask(admin, act, ids=None, query="?plan=pro"):
    table = admin.get(f"/subscriptions/{query}")
    fields = hidden(table)
    chosen = {"everything": "1"} if ids is None else {"ids": [str(key) for key in ids]}
    sent = {"act": act, "seen_at": fields["seen_at"], "seen_count": fields["seen_count"]}
    return admin.post(f"/subscriptions/bulk{query}", data=sent | chosen)


def flashed(admin):
    return re.search(r'<div class="toast.*?<p>(.*?)</p>', admin.get("/subscriptions/").text, re.S)[
        1
    ].replace("&#39;", "'")


def test_everything_filtered_is_asked_about_and_then_done(admin):
    rows = [subscribe(make_user(), end=NOW + 10 * DAY) for _ in range(3)]
    subscribe(make_user())
    page = ask(admin, "extend")
    assert page.status_code == 200
    assert "Extend 4 subscriptions?" in page.text
    assert "3 change; 1 has no end" in page.text
    assert all(fresh(row).end_date == NOW + 10 * DAY for row in rows)
    reply = admin.post(
        "/subscriptions/bulk/apply?plan=pro", data=hidden(page) | {"months": "1", "reason": "Sorry"}
    )
    assert reply.status_code == 303
    assert reply.location == "/subscriptions/?plan=pro"
    assert flashed(admin) == "Extended 3 subscriptions. 1 was left alone: 1 has no end."
    assert all(fresh(row).end_date > NOW + 20 * DAY for row in rows)


def test_only_what_was_ticked_is_touched_and_newcomers_never(admin):
    one, other = (subscribe(make_user(), end=NOW + 10 * DAY) for _ in range(2))
    page = ask(admin, "cancel", [one.id])
    assert "Cancel 1 subscription?" in page.text
    admin.post("/subscriptions/bulk/apply?plan=pro", data=hidden(page) | {"when": "now"})
    assert (fresh(one).status, fresh(other).status) == ("cancelled", "active")

    page = ask(admin, "cancel", query="?plan=pro&state=active")
    subscribe(make_user(), end=NOW + 10 * DAY)
    reply = admin.post(
        "/subscriptions/bulk/apply?plan=pro&state=active", data=hidden(page) | {"when": "now"}
    )
    assert reply.status_code == 409
    assert "You saw 1 and now 2 match" in reply.text
    assert fresh(other).status == "active"


def test_plans_are_changed_for_all_that_are_ticked(admin, reader):
    row = subscribe(reader)
    page = ask(admin, "plan", [row.id])
    assert "is on Pro already" in page.text
    assert admin.post("/subscriptions/bulk/apply", data=hidden(page)).status_code == 422
    admin.post("/subscriptions/bulk/apply", data=hidden(page) | {"plan": "enterprise"})
    assert of(reader)[1:] == [("pro", "cancelled"), ("enterprise", "active")]


def test_nonsense_is_refused_and_nothing_ticked_is_said(admin, reader):
    row = subscribe(reader)
    page = ask(admin, "extend", [])
    assert (page.status_code, page.location) == (303, "/subscriptions/?plan=pro")
    assert flashed(admin) == "Tick the rows that you mean first."
    good = {"act": "extend", "seen_at": NOW.isoformat(), "ids": str(row.id)}
    for bad in (
        {"act": "delete"},
        {"seen_at": "yesterday"},
        {"seen_at": "2026-01-01"},
        {"ids": "x"},
        {"everything": "1", "seen_count": "many"},
    ):
        assert admin.post("/subscriptions/bulk", data=good | bad).status_code == 422
        assert admin.post("/subscriptions/bulk/apply", data=good | bad).status_code == 422
    assert admin.get("/subscriptions/bulk?plan=pro").location == "/subscriptions/?plan=pro"


def send(admin, body, head=HEAD):
    file = (io.BytesIO((head + body).encode()), "plans.csv")
    return admin.post("/subscriptions/import", data={"files": file})


def test_a_file_is_looked_at_then_applied(admin, reader):
    assert "Look at the file" in admin.get("/subscriptions/import").text
    reply = send(admin, f"{reader.email},pro,2026-01-01,hello\nnobody@a.test,pro,2026-01-01,=1+1\n")
    assert reply.status_code == 303
    page = admin.get(reply.location).text
    assert "Import 1 line" in page
    assert "Nobody here has this address." in page
    assert of(reader) == [("free", "active")]
    errors = admin.get(f"{reply.location}/errors.csv").text.splitlines()
    assert errors == [
        "email,plan,start_date,note,error",
        "nobody@a.test,pro,2026-01-01,'=1+1,Nobody here has this address.",
    ]
    assert admin.post(reply.location).location == reply.location
    assert ("pro", "active") in of(reader)
    page = admin.get(reply.location).text
    assert "This is what it did" in page
    assert "Imported 1 subscription." in page
    again = admin.post(reply.location)
    assert again.status_code == 303
    assert flashed(admin) == "This file has been imported already."


def test_a_broken_file_is_refused_and_changes_nothing(admin, reader):
    for reply in (
        send(admin, "", head="nothing\n"),
        admin.post("/subscriptions/import"),
        admin.post("/subscriptions/import", data={"files": (io.BytesIO(b"x"), "")}),
    ):
        assert reply.status_code == 422
        assert "field__error" in reply.text
    assert of(reader) == [("free", "active")]
    assert db.session.scalar(text("SELECT count(*) FROM subscription_imports")) == 0


def test_a_file_over_the_limit_of_the_request_is_refused(admin):
    file = (io.BytesIO(b"x" * (13 * 1024 * 1024)), "plans.csv")
    assert admin.post("/subscriptions/import", data={"files": file}).status_code == 413


def test_another_admins_file_is_nothing(app, admin, reader):
    address = send(admin, f"{reader.email},pro,2026-01-01,\n").location
    other = signed_in(app, make_admin())
    assert other.get(address).status_code == 404
    assert other.post(address).status_code == 404
    assert other.get(f"{address}/errors.csv").status_code == 404
