"""The pages of people: who sees what, and what each button does."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from extensions import db
from models import AuditEntry, Role, User
from queries.invitations import open_invitations
from tests.conftest import queries_counted, signed_in
from tests.factories import PASSWORD, make_asset, make_story, make_user
from tests.live import live_app, mail_server, with_settings

__all__ = ["live_app", "mail_server"]

NOW = datetime.now(UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def boss(transaction):
    return make_user("boss@earshot.test", role=Role.ADMIN)


@pytest.fixture
def admin(app, boss):
    return signed_in(app, boss)


def actions() -> list[str]:
    """Return what was written down; within a test it all has the same time."""
    return sorted(db.session.scalars(select(AuditEntry.action)))


def fresh(user_id) -> User | None:
    db.session.expire_all()
    return db.session.scalar(select(User).where(User.id == user_id))


def test_the_table_shows_everyone_and_never_a_story(admin):
    ann = make_user("ann@earshot.test", last_seen_at=NOW - timedelta(hours=5))
    make_asset(ann, make_story(ann, "A secret headline"), byte_size=1_900_000)

    page = admin.get("/users/").text

    assert "2 people, 1 admin" in page
    assert "ann@earshot.test" in page
    assert "1.9 MB" in page
    assert "5 h ago" in page
    assert "secret" not in page
    assert "Export 2 as CSV" in page
    assert 'aria-current="page"' in page


def test_filters_live_in_the_address_and_stay_in_every_link(admin):
    make_user("ann@earshot.test", suspended_at=NOW)
    make_user("ben@earshot.test")

    page = admin.get("/users/?state=suspended&q=EARSHOT&sort=email").text

    assert "ann@earshot.test" in page
    assert "ben@earshot.test" not in page
    assert "1 person matches" in page
    assert "/users/people.csv?state=suspended&amp;q=EARSHOT&amp;sort=email" in page
    assert 'aria-sort="ascending"' in page
    assert "Nobody matches" in admin.get("/users/?q=nobody").text


def test_a_search_gets_the_table_and_more_rows_get_rows(admin):
    for _ in range(51):
        make_user()
    table = admin.get("/users/?sort=email", headers=HTMX).text
    assert table.startswith("<section")
    further = re.search(r'hx-get="([^"]+)"', table)[1].replace("&amp;", "&")
    rows = admin.get(further, headers=HTMX | {"X-Rows": "1"}).text
    assert "<section" not in rows
    shown = re.findall(r"[a-z0-9]+@earshot\.test", table)
    more = re.findall(r"[a-z0-9]+@earshot\.test", rows)
    assert len(set(shown) | set(more)) == 52
    assert not set(shown) & set(more) - {"boss@earshot.test"}


def test_the_table_costs_few_statements_however_many_there_are(admin):
    for _ in range(20):
        make_user()
    with queries_counted() as statements:
        admin.get("/users/")
    assert len([one for one in statements if one.startswith("SELECT") and "FROM" in one]) <= 7


def test_the_export_is_what_is_filtered_safe_and_written_down(admin):
    make_user("=cmd()@earshot.test", last_seen_at=NOW)
    make_user("ann@earshot.test")

    reply = admin.get("/users/people.csv?role=reader&sort=email")

    rows = list(csv.DictReader(io.StringIO(reply.text)))
    assert [row["email"] for row in rows] == ["'=cmd()@earshot.test", "ann@earshot.test"]
    assert rows[1]["plan"] == "free"
    assert rows[0]["last_seen"].startswith(f"{NOW:%Y-%m-%d}")
    assert rows[1]["last_seen"] == ""
    entry = db.session.scalars(select(AuditEntry)).one()
    assert entry.action == "user.exported"
    assert entry.after == {"rows": 2, "role": "reader", "sort": "email"}


def test_a_person_has_a_page_with_what_happened(admin, reader):
    admin.post(f"/users/{reader.id}/sign-out")
    page = admin.get(f"/users/{reader.id}").text
    assert f"<h1>{reader.email}</h1>" in page
    assert "Signed out everywhere" in page
    assert "by boss@earshot.test" in page
    assert "All ended once" in page


def test_a_suspension_with_a_reason_ends_the_session_and_a_restoration_lets_in(app, admin, reader):
    browser = signed_in(app, reader)
    email = reader.email

    reply = admin.post(f"/users/{reader.id}/suspend", data={"reason": "Spam, twice"})

    assert (reply.status_code, reply.location) == (303, f"/users/{reader.id}")
    assert browser.get("/").status_code == 302
    page = admin.get(f"/users/{reader.id}").text
    assert "Spam, twice" in page
    assert "Restore" in page
    stranger = app.test_client()
    refused = stranger.post("/login", data={"email": email, "password": PASSWORD})
    wrong = stranger.post("/login", data={"email": email, "password": "no such password"})
    words = "open an account. Check both and try again."
    assert words in refused.text
    assert words in wrong.text
    assert "uspended" not in refused.text
    assert "Spam" not in refused.text

    assert admin.post(f"/users/{reader.id}/restore").status_code == 303
    assert browser.get("/").status_code == 302, "the old session stays dead"
    assert signed_in(app, fresh(reader.id)).get("/").status_code == 200


def test_a_suspension_without_a_reason_is_refused_at_the_field(admin, reader):
    reply = admin.post(f"/users/{reader.id}/suspend", data={"reason": " "})
    assert reply.status_code == 422
    assert "Say why, for the other admins." in reply.text
    assert fresh(reader.id).suspended_at is None


def test_roles_change_at_once(app, admin, reader):
    browser = signed_in(app, reader)
    assert browser.get("/users/").status_code == 403
    admin.post(f"/users/{reader.id}/promote")
    assert browser.get("/users/").status_code == 200
    admin.post(f"/users/{reader.id}/demote")
    assert browser.get("/users/").status_code == 403
    assert actions() == ["admin.refused", "admin.refused", "user.demoted", "user.promoted"]


def test_nobody_locks_themselves_out_by_the_way(admin, boss, reader):
    mine = f"/users/{boss.id}"
    assert "You are the last admin" in admin.get(mine).text
    for path, data, words in (
        ("suspend", {"reason": "Tired"}, "suspend yourself"),
        ("demote", {}, "Say that you are sure"),
        ("demote", {"sure": "1"}, "is the last admin"),
        ("delete", {"email": boss.email}, "on your account page"),
    ):
        reply = admin.post(f"{mine}/{path}", data=data)
        assert reply.status_code == 422, path
        assert words in reply.text
    admin.post(f"/users/{reader.id}/promote")
    reply = admin.post(f"{mine}/demote", data={"sure": "1"})
    assert (reply.status_code, reply.location) == (303, "/account")
    assert admin.get("/users/").status_code == 403


def test_without_mail_a_reset_link_is_shown_once_and_works(app, admin, reader):
    admin.post(f"/users/{reader.id}/reset-link")
    page = admin.get(f"/users/{reader.id}").text
    link = re.search(r"http://localhost(/reset/[\w-]+)", page)[1]
    assert link not in admin.get(f"/users/{reader.id}").text
    reply = app.test_client().post(link, data={"password": "another good password"})
    assert reply.status_code == 303
    assert actions() == ["user.password_reset", "user.reset_sent"]


def test_with_mail_the_links_are_mailed_and_not_shown(live_app, mail_server, monkeypatch):
    settings = with_settings(live_app, smtp_url=f"smtp://{mail_server.address}")
    monkeypatch.setitem(live_app.config, "SETTINGS", settings)
    browser = live_app.test_client()
    browser.post("/register", data={"email": "boss@earshot.test", "password": PASSWORD})

    browser.post("/users/invitations", data={"email": "new@earshot.test", "role": "reader"})
    page = browser.get("/users/invitations").text
    letter = mail_server.letter().get_content()

    assert "An invitation goes to new@earshot.test." in page
    assert "/register?invite=" in letter
    assert "/register?invite=" not in page


def test_an_invitation_makes_what_it_says_and_is_listed_until_then(app, admin):
    reply = admin.post("/users/invitations", data={"email": "new@earshot.test", "role": "admin"})
    assert reply.status_code == 303
    page = admin.get("/users/invitations").text
    path = re.search(r"http://localhost(/register\?invite=[\w-]+)", page)[1]
    assert "As an admin" in page
    assert "1 invited" in admin.get("/users/").text

    guest = app.test_client()
    form = {"email": "new@earshot.test", "password": PASSWORD, "invite": path.partition("=")[2]}
    assert guest.post("/register", data=form).status_code == 303

    assert guest.get("/users/").status_code == 200
    assert "None. Whoever was invited" in admin.get("/users/invitations").text
    assert actions() == ["user.invited", "user.registered"]


def test_a_revoked_invitation_is_a_dead_link(app, admin):
    admin.post("/users/invitations", data={"email": "new@earshot.test", "role": "reader"})
    page = admin.get("/users/invitations").text
    path = re.search(r"http://localhost(/register\?invite=[\w-]+)", page)[1]
    (invitation,) = open_invitations()
    assert admin.post(f"/users/invitations/{invitation.id}/revoke").status_code == 303
    assert app.test_client().get(path).status_code == 410
    assert admin.post(f"/users/invitations/{invitation.id}/revoke").status_code == 404


@pytest.mark.parametrize(
    ("email", "words"),
    [("", "Enter their e-mail"), ("nonsense", "such as name@"), ("boss@earshot.test", "already")],
)
def test_who_can_not_be_invited_is_said_at_the_field(admin, email, words):
    reply = admin.post("/users/invitations", data={"email": email, "role": "reader"})
    assert reply.status_code == 422
    assert words in reply.text
    assert open_invitations() == []


def test_a_deletion_says_what_goes_and_wants_the_address(admin, reader):
    make_story(reader)
    user_id, email = reader.id, reader.email
    path = f"/users/{user_id}/delete"
    page = admin.get(path).text
    assert f"Delete {email}?" in page
    assert re.search(r"<dt>story</dt><dd class=\"num\">1</dd>", page)
    assert admin.post(path, data={"email": "somebody else"}).status_code == 422
    assert fresh(user_id) is not None

    reply = admin.post(path, data={"email": email.upper()})

    assert (reply.status_code, reply.location) == (303, "/users/")
    assert fresh(user_id) is None
    assert "is deleted, with everything" in admin.get("/users/").text
    assert admin.get(f"/users/{user_id}").status_code == 404
    assert db.session.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.parametrize(
    "path",
    ["promote", "demote", "suspend", "restore", "sign-out", "reset-link", "delete", "nothing"],
)
def test_somebody_who_does_not_exist_is_a_404(admin, path):
    address = f"/users/00000000-0000-0000-0000-000000000000/{path}"
    assert admin.post(address, data={"reason": "x", "email": "x"}).status_code == 404
