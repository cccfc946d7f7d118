"""Marking, ticking and listing stories through the pages."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from extensions import db
from models import MediaAsset, NewsStory, Role, User
from services import reading, tags
from services.reading import Mark
from tests.conftest import queries_counted, signed_in
from tests.factories import START, make_asset, make_story, make_user

HTMX = {"HX-Request": "true"}


def state(story: NewsStory) -> tuple[bool, bool, bool]:
    db.session.expire_all()
    row = db.session.get(NewsStory, story.id)
    return bool(row.read_at), bool(row.starred_at), bool(row.archived_at)


def headlines(page: str) -> list[str]:
    return re.findall(r'<h2 dir="auto"><a href="/news/[^"]*">([^<]*)</a></h2>', page)


def test_the_buttons_of_a_story_are_plain_forms(me: FlaskClient, reader: User):
    story = make_story(reader, updated_at=START)
    here = {"Referer": "http://localhost/news/?view=unread"}
    for mark, expected in (
        ("read", (True, False, False)),
        ("starred", (True, True, False)),
        ("archived", (True, True, True)),
        ("unread", (False, True, True)),
        ("unstarred", (False, False, True)),
        ("unarchived", (False, False, False)),
    ):
        reply = me.post(f"/news/{story.id}/mark", data={"as": mark}, headers=here)
        assert (reply.status_code, reply.headers["Location"]) == (303, "/news/?view=unread")
        assert state(story) == expected
    assert db.session.get(NewsStory, story.id).updated_at == START


def test_htmx_gets_the_buttons_the_counts_and_a_message_that_undoes(me, reader):
    story = make_story(reader)
    make_story(reader)
    reply = me.post(f"/news/{story.id}/mark", data={"as": "archived"}, headers=HTMX)
    assert "<html" not in reply.text
    assert f'id="marks-{story.id}"' in reply.text
    assert re.search(r'id="unread-rail".*?>1<', reply.text)
    undo = reply.text[reply.text.index("data-undo") :]
    assert 'name="as" value="unarchived"' in undo
    assert "Archived." in reply.text
    again = me.post(f"/news/{story.id}/mark", data={"as": "archived"}, headers=HTMX)
    assert "data-undo" not in again.text


def test_marking_by_opening_says_nothing_and_may_come_twice(me, reader):
    story = make_story(reader)
    quiet = {"as": "read", "quiet": "yes"}
    for _ in range(2):
        reply = me.post(f"/news/{story.id}/mark", data=quiet, headers=HTMX)
        assert "data-toast" not in reply.text
    assert state(story)[0]


@pytest.mark.parametrize("act", ["", "gone", "READ"])
def test_what_is_no_mark_is_refused(me, reader, act):
    story = make_story(reader)
    assert me.post(f"/news/{story.id}/mark", data={"as": act}).status_code == 422
    assert me.post("/news/bulk", data={"act": act, "ids": [str(story.id)]}).status_code == 422
    assert state(story) == (False, False, False)


def test_a_page_asks_to_be_marked_only_if_its_reader_wants_that(me, reader):
    story = make_story(reader)
    here = f"/news/{story.id}"
    assert "data-seen" in me.get(here).text
    assert state(story) == (False, False, False)
    reply = me.post("/account/reading", data={"mark_read": "heard", "keys": "on"})
    assert reply.status_code == 303
    assert "data-seen" not in me.get(here).text
    assert me.post("/account/reading", data={"mark_read": "always"}).status_code == 422
    assert re.search(r'value="heard" checked', me.get("/account").text)


@pytest.fixture
def four(reader: User) -> dict[str, NewsStory]:
    """Keep one story of each state."""
    return {
        "plain": make_story(reader, "plain"),
        "read": make_story(reader, "read", read_at=START),
        "starred": make_story(reader, "starred", starred_at=START, read_at=START),
        "archived": make_story(reader, "archived", archived_at=START),
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["archived", "starred", "read", "plain"]),
        ("view=unread", ["plain"]),
        ("view=starred", ["starred"]),
        ("view=archived", ["archived"]),
        ("view=nonsense", ["archived", "starred", "read", "plain"]),
        ("sort=oldest", ["plain", "read", "starred", "archived"]),
        ("tag=ENERGY", ["plain"]),
        ("tag=unknown", []),
        ("audio=with", ["read"]),
        ("audio=without&view=unread", ["plain"]),
        ("since=2026-03-01&until=2026-03-01", ["archived", "starred", "read", "plain"]),
        ("since=2026-03-02", []),
        ("until=2026-02-28", []),
        ("since=tomorrow&until=99999-01-01", ["archived", "starred", "read", "plain"]),
        ("q=rained&view=starred", []),
    ],
)
def test_views_and_filters_live_in_the_address(me, reader, four, query, names):
    for story in four.values():
        story.created_at = START
    for number, story in enumerate(four.values()):
        story.created_at = START + timedelta(minutes=number)
    make_asset(reader, four["read"], "audio")
    tags.give(reader.id, [four["plain"].id], ["energy"])
    db.session.commit()
    page = me.get(f"/news/?{query}")
    assert page.status_code == 200
    if "q=" not in query:
        assert headlines(page.text) == names
    rows = me.get(f"/news/?{query}", headers=HTMX).text
    assert "<html" not in rows
    if "q=" not in query:
        assert headlines(rows) == names


def test_days_are_those_of_the_readers_own_clock(me, reader):
    make_story(reader, "late", created_at=START.replace(hour=23))
    me.set_cookie("tz", "Asia/Tokyo")
    assert headlines(me.get("/news/?since=2026-03-02").text) == ["late"]
    me.set_cookie("tz", "UTC")
    assert headlines(me.get("/news/?since=2026-03-02").text) == []


def test_a_search_within_a_view_and_paging_keep_the_filters(me, reader):
    for number in range(25):
        make_story(reader, f"Bridge {number:02}", starred_at=START)
    make_story(reader, "Bridge unstarred")
    page = me.get("/news/?view=starred&q=bridge").text
    assert "Bridge unstarred" not in page
    assert '<input type="hidden" name="view" value="starred">' in page
    older = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert "view=starred" in older
    assert "q=bridge" in older
    rows = me.get(older, headers=HTMX).text
    assert len(re.findall("<article", rows)) == 5
    assert "view=starred" in re.search(r'<h2 dir="auto"><a href="([^"]+)"', rows)[1]


EMPTY = {
    "": "No stories yet",
    "view=unread": "you’re done",
    "view=starred": "No starred stories",
    "view=archived": "The archive is empty",
    "tag=x": "You have none of that name.",
    "audio=with": "No story fits",
    "q=zebra&view=archived": "Nothing matches “zebra” in the archive",
}


@pytest.mark.parametrize("query", EMPTY)
def test_every_empty_view_says_why(me, query):
    assert EMPTY[query] in me.get(f"/news/?{query}").text


def test_the_order_is_remembered_for_the_reader(me, reader, app):
    make_story(reader, "first")
    make_story(reader, "second")
    reply = me.post("/news/sort", data={"sort": "oldest", "next": "/news/?view=unread"})
    assert reply.headers["Location"] == "/news/?view=unread"
    assert headlines(me.get("/news/").text) == ["first", "second"]
    assert headlines(signed_in(app, reader).get("/news/").text) == ["first", "second"]
    assert headlines(me.get("/news/?sort=newest").text) == ["second", "first"]
    assert me.post("/news/sort", data={"sort": "sideways"}).status_code == 422
    away = me.post("/news/sort", data={"sort": "newest", "next": "//evil.test/"})
    assert away.headers["Location"] == "/news/"
    # The front page keeps the latest ones.
    me.post("/news/sort", data={"sort": "oldest"})
    assert me.get("/").text.index("second") < me.get("/").text.index("first")


def test_oldest_first_pages_to_the_newest(me, reader):
    for number in range(45):
        make_story(reader, f"Story {number:02}")
    seen, path = [], "/news/?sort=oldest"
    for _ in range(3):
        rows = me.get(path, headers=HTMX).text
        seen += re.findall(r">Story (\d\d)<", rows)
        older = re.search(r'rel="next" href="([^"]+)"', rows)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen == [f"{number:02}" for number in range(45)]


def test_a_story_leads_to_those_beside_it_in_its_list(me, reader):
    for name, starred in (("a", START), ("b", None), ("c", START), ("d", START)):
        make_story(reader, name, starred_at=starred)
    page = me.get("/news/?view=starred").text
    story = re.search(r'<h2 dir="auto"><a href="([^"]+)">c</a>', page)[1].replace("&amp;", "&")
    inside = me.get(story).text
    beside = dict(re.findall(r'rel="(prev|next)" href="[^"]+" title="[^"]*: (\w)"', inside))
    assert beside == {"prev": "d", "next": "a"}
    assert 'class="crumb" href="/news/?view=starred"' in inside
    plain = me.get(story.partition("?")[0]).text
    assert dict(re.findall(r'rel="(prev|next)" href="[^"]+" title="[^"]*: (\w)"', plain)) == {
        "prev": "d",
        "next": "b",
    }


def bulk(me, act: str, *stories: NewsStory, headers=None, **more):
    data = {"act": act, "ids": [str(story.id) for story in stories], **more}
    return me.post("/news/bulk", data=data, headers=headers)


@pytest.mark.parametrize("mark", list(Mark))
def test_ticked_stories_are_marked_and_others_are_not(me, reader, mark):
    on = mark if mark in {Mark.READ, Mark.STARRED, Mark.ARCHIVED} else mark.opposite
    mine, other = [make_story(reader), make_story(reader)], make_story(reader)
    theirs = make_story(make_user())
    if on is not mark:
        reading.mark(reader.id, [story.id for story in [*mine, other]], on)
        reading.mark(theirs.user_id, [theirs.id], on)
        db.session.commit()
    before = state(other), state(theirs)
    reply = bulk(me, mark.value, *mine, theirs)
    assert reply.status_code == 303
    assert all(state(story) != before[0] for story in mine)
    assert (state(other), state(theirs)) == before
    assert "2 stories" in me.get("/news/").text


def test_htmx_gets_each_ticked_story_and_an_undo_for_what_changed(me, reader):
    one, two = make_story(reader), make_story(reader, read_at=START)
    reply = bulk(me, "read", one, two, headers=HTMX)
    assert f'id="marks-{one.id}"' in reply.text
    assert f'id="marks-{two.id}"' in reply.text
    undo = reply.text[reply.text.index("data-undo") :]
    assert 'name="act" value="unread"' in undo
    assert f'name="ids" value="{one.id}"' in undo
    assert str(two.id) not in undo


def test_ticked_stories_are_tagged_and_untagged(me, reader):
    one, two = make_story(reader), make_story(reader)
    theirs = make_story(make_user())
    reply = bulk(me, "tag", one, two, theirs, tags="Energy, 交通", headers=HTMX)
    assert reply.text.count("Energy</bdi></a>") == 2
    assert "Energy" in me.get(f"/news/{one.id}").text
    assert db.session.query(NewsStory).count() == 3
    reply = bulk(me, "untag", one, theirs, tags="energy", headers=HTMX)
    assert "taken off 1 story" in reply.text
    assert bulk(me, "untag", one, tags="unknown").status_code == 422
    assert bulk(me, "tag", one, tags=" ").status_code == 422


def test_ticked_stories_are_deleted_with_or_without_their_files(me, reader):
    one, two, left = make_story(reader), make_story(reader), make_story(reader)
    theirs = make_story(make_user())
    for story in (one, two, theirs):
        make_asset(db.session.get(User, story.user_id), story)
    gone, kept = one.id, {left.id, theirs.id}
    reply = bulk(me, "delete", one, theirs, headers=HTMX)
    assert f'id="item-{gone}" hx-swap-oob="delete"' in reply.text
    assert "1 story deleted" in reply.text
    assert bulk(me, "delete", two, with_media="y").status_code == 303
    assert {story.id for story in db.session.query(NewsStory)} == kept
    assert db.session.query(MediaAsset).filter_by(user_id=reader.id).count() == 1


def test_nothing_ticked_nonsense_and_too_many_are_refused(me, reader):
    story = make_story(reader)
    assert me.post("/news/bulk", data={"act": "read"}).status_code == 422
    assert me.post("/news/bulk", data={"act": "read", "ids": "x"}).status_code == 422
    many = [str(story.id), *(str(uuid4()) for _ in range(200))]
    assert me.post("/news/bulk", data={"act": "delete", "ids": many}).status_code == 422
    assert state(story) == (False, False, False)


def test_all_is_marked_as_read_but_not_what_arrived_meanwhile(me, reader):
    seen = make_story(reader)
    page = me.get("/news/?view=unread").text
    upto = re.search(r'name="upto" value="([^"]+)"', page)[1]
    action = re.search(r'action="(/news/read-all[^"]*)"', page)[1]
    arrived = make_story(reader)
    theirs = make_story(make_user(), created_at=START - timedelta(days=1))
    reply = me.post(action, data={"upto": upto})
    assert (reply.status_code, reply.headers["Location"]) == (303, "/news/?view=unread")
    assert (state(seen)[0], state(arrived)[0], state(theirs)[0]) == (True, False, False)

    after = me.get("/news/?view=unread").text
    assert "1 story marked as read" in after
    at = re.search(r'name="at" value="([^"]+)"', after)[1]
    assert me.post("/news/unread-again", data={"at": at}).status_code == 303
    assert state(seen)[0] is False


@pytest.mark.parametrize("at", ["", "x", "2026-03-01T00:00:00"])
def test_what_cannot_be_undone_is_refused(me, at):
    assert me.post("/news/unread-again", data={"at": at}).status_code == 422
    assert me.post("/news/read-all", data={"upto": at}).status_code == 422


def test_the_rail_counts_what_waits_on_pages_of_readers_and_admins(app, transaction, reader, me):
    def count(page: str) -> str | None:
        found = re.search(r'id="unread-rail"[^>]*><span aria-hidden="true">([^<]+)<', page)
        return found and found[1]

    assert count(me.get("/").text) is None
    for _ in range(3):
        make_story(reader)
    make_story(reader, read_at=START)
    make_story(reader, archived_at=START)
    for page in ("/", "/news/", "/media/", "/account"):
        assert count(me.get(page).text) == "3"
    assert "unread-home" in me.get("/").text
    admin = make_user(role=Role.ADMIN)
    make_story(admin)
    assert count(signed_in(app, admin).get("/account").text) == "1"


def test_a_count_beyond_a_thousand_is_told_as_such(me, reader):
    db.session.add_all(NewsStory(user_id=reader.id, headline="h", content="c") for _ in range(1001))
    db.session.commit()
    assert ">999+<" in me.get("/media/").text


def test_pages_ask_the_database_a_fixed_number_of_times(me, reader):
    def asked(path: str) -> int:
        with queries_counted() as statements:
            assert me.get(path).status_code == 200
        return len([one for one in statements if "set_config" not in one])

    stories = [make_story(reader) for _ in range(3)]
    paths = ("/", "/news/", "/news/?view=unread", f"/news/{stories[0].id}")
    few = [asked(path) for path in paths]
    for _ in range(15):
        story = make_story(reader)
        tags.give(reader.id, [story.id], ["a", "b"])
    db.session.commit()
    assert [asked(path) for path in paths] == few


def test_the_keys_are_switched_for_the_reader(app, me, reader):
    assert 'data-keys="on"' in me.get("/").text
    assert me.post("/account/keys", data={"keys": "off"}).status_code == 204
    assert 'data-keys="off"' in signed_in(app, reader).get("/").text
    assert me.post("/account/reading", data={"mark_read": "open", "keys": "on"}).status_code == 303
    assert 'data-keys="on"' in me.get("/").text
    assert me.post("/account/keys", data={"keys": "maybe"}).status_code == 422
