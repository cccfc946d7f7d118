import itertools
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from extensions import db
from models import (
    AudioGeneration,
    MediaAsset,
    MediaType,
    NewsStory,
    Source,
    SourceEntry,
    SourceState,
    UsageMetric,
    User,
)
from services import news
from services.sources import queue, schedule
from services.worker import transaction
from tests.factories import make_story, make_track, make_user
from tests.feeding import YESTERDAY, feed, headlines, item, make_source, rss, stories, visit
from tests.limited import allowing
from tests.samples import image
from tests.servers.web import Asked, Web, redirect, reply

ENCLOSURE = '<enclosure url="{}" type="{}" length="1234"/>'


def test_entries_become_stories_with_what_belongs_to_them(web: Web, reader: User):
    sound = ENCLOSURE.format("https://example.org/a.mp3", "audio/mpeg")
    web.pages["/feed"] = feed(
        item(1, '<p>One <b>bold</b> <a href="/x">link</a></p><img src="/one.png">'),
        item(2, raw=sound, link="https://example.org/2?utm_source=feed&id=7#top"),
    )
    source = visit(make_source(reader, web.url("/feed")))
    assert headlines(reader) == ["Item 1", "Item 2"]
    first, second = stories(reader)
    # The article's page is what its links are read from, wherever its feed is kept.
    assert first.content.startswith("One **bold** [link](https://example.org/x)")
    assert second.source_url == "https://example.org/2?id=7"
    assert first.published_at == YESTERDAY
    assert first.source_id == source.id
    assets = db.session.scalars(select(MediaAsset).order_by(MediaAsset.type)).all()
    assert [(one.type, one.url, one.storage_key) for one in assets] == [
        (MediaType.AUDIO, "https://example.org/a.mp3", None),
        (MediaType.IMAGE, "https://example.org/one.png", None),
    ]
    assert (source.title, source.site_url) == ("The Daily Test", "https://example.org/")
    assert (source.failures, source.error, source.fetching_since) == (0, None, None)
    metric = db.session.scalars(select(UsageMetric).where(UsageMetric.action == "arrived")).one()
    assert metric.quantity == 2


def test_episodes_with_one_address_are_stories_of_their_own(web: Web, reader: User):
    older, newer = (item(n, link="https://example.org/show") for n in (1, 2))
    web.pages["/feed"] = feed(older, item(3, link="https://example.org/show"))
    source = visit(make_source(reader, web.url("/feed")))
    web.pages["/feed"] = feed(newer, older)
    visit(source)
    assert sorted(headlines(reader)) == ["Item 1", "Item 2", "Item 3"]
    assert {one.source_url for one in stories(reader)} == {None}


def test_what_is_there_is_not_doubled_and_what_is_unchanged_is_not_sent(web: Web, reader: User):
    def page(asked: Asked) -> bytes:
        same = asked.headers.get("if-none-match") == '"v1"'
        return reply(status=304) if same else feed(item(1), ETag='"v1"')

    web.pages["/feed"] = page
    source = visit(make_source(reader, web.url("/feed")))
    source = visit(source)
    assert headlines(reader) == ["Item 1"]
    assert [one.headers.get("if-none-match") for one in web.asked] == [None, '"v1"']
    assert source.etag == '"v1"'
    web.pages["/feed"] = feed(item(1), item(2))
    visit(source)
    assert sorted(headlines(reader)) == ["Item 1", "Item 2"]


def test_the_first_visit_places_old_stories_among_their_days(web: Web, reader: User):
    today = make_story(reader, "Of today", created_at=datetime.now(UTC))
    web.pages["/feed"] = feed(item(1), item(2, pubDate="Mon, 05 Jan 2015 08:00:00 GMT"))
    source = visit(make_source(reader, web.url("/feed")))
    assert headlines(reader) == [today.headline, "Item 1", "Item 2"]
    web.pages["/feed"] = feed(item(3, pubDate="Mon, 05 Jan 2015 08:00:00 GMT"))
    visit(source)
    assert headlines(reader)[0] == "Item 3"


def test_an_entry_that_changes_changes_its_story_until_the_reader_did(web: Web, reader: User):
    web.pages["/feed"] = feed(item(1))
    source = visit(make_source(reader, web.url("/feed")))
    web.pages["/feed"] = feed(item(1, "<p>Corrected</p>", title="Better"))
    visit(source)
    [story] = stories(reader)
    assert (story.headline, story.content) == ("Better", "Corrected")
    news.change(reader.id, story.id, news.Draft("Mine", "My words", story.source_url))
    db.session.commit()
    web.pages["/feed"] = feed(item(1, "<p>Corrected again</p>", title="Best"))
    visit(source)
    [story] = stories(reader)
    assert (story.headline, story.content) == ("Mine", "My words")


def test_a_deleted_story_does_not_come_back(web: Web, reader: User):
    web.pages["/feed"] = feed(item(1, raw=ENCLOSURE.format("https://e.org/a.mp3", "audio/mpeg")))
    source = visit(make_source(reader, web.url("/feed")))
    news.remove(reader.id, stories(reader)[0].id, with_media=False)
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(MediaAsset)) == 0
    web.pages["/feed"] = feed(item(1, "<p>Changed</p>"), item(2))
    visit(source)
    assert headlines(reader) == ["Item 2"]
    other = make_source(reader, web.url("/other"))
    web.pages["/other"] = feed(item(1, guid="x", link="http://www.example.org/1/"))
    visit(other)
    assert headlines(reader) == ["Item 2"]


def test_the_same_article_from_two_sources_is_one_story(web: Web, reader: User):
    web.pages["/a"] = feed(item(1))
    web.pages["/b"] = feed(item(9, link="http://www.example.org/1/?utm_medium=x", guid="other"))
    first, second = (make_source(reader, web.url(path)) for path in ("/a", "/b"))
    visit(first)
    visit(second)
    [story] = stories(reader)
    assert story.source_id == first.id
    seen = db.session.scalars(select(SourceEntry).where(SourceEntry.news_id == story.id)).all()
    assert {(one.source_id, one.is_origin) for one in seen} == {
        (first.id, True),
        (second.id, False),
    }
    # It follows only the entry that it came from.
    web.pages["/b"] = feed(item(9, "<p>Theirs</p>", link="https://example.org/1", guid="other"))
    visit(second)
    assert stories(reader)[0].headline == "Item 1"


def test_a_story_kept_by_hand_is_not_doubled(web: Web, reader: User):
    mine = make_story(reader, "By hand", source_url="https://example.org/1")
    web.pages["/feed"] = feed(item(1), item(2))
    source = visit(make_source(reader, web.url("/feed")))
    assert sorted(headlines(reader)) == ["By hand", "Item 2"]
    entries = db.session.scalars(select(SourceEntry.news_id)).all()
    assert mine.id in entries
    visit(source)
    assert len(headlines(reader)) == 2


def test_readers_have_stories_of_their_own(web: Web, reader: User):
    other = make_user()
    web.pages["/feed"] = feed(item(1))
    visit(make_source(reader, web.url("/feed")))
    visit(make_source(other, web.url("/feed")))
    assert headlines(reader) == headlines(other) == ["Item 1"]


def test_what_has_only_a_day_stays_within_it_and_what_has_none_has_none(web: Web, reader: User):
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    one = item(1, pubDate="Sun, 01 Mar 2026 00:00:00 GMT")
    web.pages["/feed"] = feed(one, item(2, pubDate="Sun, 01 Mar 2026"), item(3, pubDate=""))
    visit(make_source(reader, web.url("/feed")))
    undated, *dated = stories(reader)
    assert (undated.headline, undated.published_at) == ("Item 3", None)
    assert [story.published_at for story in dated] == [midnight, midnight]
    assert [story.created_at.date() for story in dated] == [midnight.date()] * 2
    assert all(timedelta() < story.created_at - midnight < timedelta(seconds=1) for story in dated)


def test_an_article_that_comes_back_under_another_guid_is_followed_not_doubled(
    web: Web, reader: User
):
    web.pages["/feed"] = feed(item(1, guid="https://e.org/1#0"), item(2))
    source = visit(make_source(reader, web.url("/feed")))
    web.pages["/feed"] = feed(item(1, "<p>Second</p>", guid="https://e.org/1#1", title="New words"))
    visit(source)
    assert headlines(reader) == ["New words", "Item 2"]
    assert stories(reader)[0].content == "Second"
    # What its reader wrote is theirs, and what they deleted stays away.
    first, second = stories(reader)
    mine = news.Draft("Mine", first.content, first.source_url)
    news.change(reader.id, first.id, mine)
    news.remove(reader.id, second.id, with_media=False)
    db.session.commit()
    web.pages["/feed"] = feed(
        item(1, "<p>Third</p>", guid="https://e.org/1#2"), item(2, guid="again", title="Again")
    )
    visit(source)
    assert [(one.headline, one.content) for one in stories(reader)] == [("Mine", "Second")]


def test_two_guids_of_one_article_in_one_feed_do_not_take_turns(web: Web, reader: User):
    web.pages["/feed"] = feed(item(1))
    source = visit(make_source(reader, web.url("/feed")))
    web.pages["/feed"] = feed(item(1), item(1, "<p>Other</p>", guid="other"))
    for _ in range(2):
        visit(source)
        assert [one.content for one in stories(reader)] == ["The text of item 1."]


def test_a_feed_that_gives_every_entry_the_same_guid(web: Web, reader: User):
    web.pages["/feed"] = feed(item(1, guid="same"), item(2, guid="same"))
    source = visit(make_source(reader, web.url("/feed")))
    visit(source)
    assert sorted(headlines(reader)) == ["Item 1", "Item 2"]


def test_only_the_newest_of_very_many(web: Web, reader: User):
    web.pages["/feed"] = feed(
        *(
            item(n, pubDate=(YESTERDAY - timedelta(hours=n)).strftime("%a, %d %b %Y %H:%M:%S GMT"))
            for n in range(600)
        )
    )
    visit(make_source(reader, web.url("/feed")))
    found = headlines(reader)
    assert len(found) == 500
    assert found[0] == "Item 0"
    assert found[-1] == "Item 499"


def test_more_words_than_can_be_searched_are_cut(web: Web, reader: User):
    many = " ".join(f"{n:x}wörd{n * 7919:x}" for n in range(14_000))
    text = "".join(f"{chr(0x4E00 + n % 20000)}{n} " for n in range(60_000))
    web.pages["/feed"] = feed(item(1, f"<p>{many} {text}</p>"), item(2))
    visit(make_source(reader, web.url("/feed")))
    assert sorted(headlines(reader)) == ["Item 1", "Item 2"]


def test_a_move_for_good_is_remembered(web: Web, reader: User):
    web.pages |= {"/old": redirect("/new", 301), "/new": feed(item(1))}
    source = visit(make_source(reader, web.url("/old")))
    assert source.url == web.url("/new")
    web.pages["/new"] = redirect("/other", 302)
    web.pages["/other"] = feed(item(2))
    assert visit(source).url == web.url("/new")


def test_a_move_to_where_another_source_is_changes_nothing(web: Web, reader: User):
    web.pages |= {"/old": redirect("/new", 301), "/new": feed(item(1))}
    make_source(reader, web.url("/new"))
    source = visit(make_source(reader, web.url("/old")))
    assert source.url == web.url("/old")
    assert source.failures == 0


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (reply("<html><body>Hello", 200), "not_a_feed", "web page, not a feed"),
        (reply("", 200), "not_a_feed", "empty"),
        (reply("gone", 404), "http_404", "nothing at this address"),
        (reply("no", 500), "http_500", "has a problem"),
        (redirect("http://10.0.0.1/"), "not_public", "not on the public internet"),
        (b"nonsense", "bad_answer", "language"),
    ],
)
def test_a_failing_source_says_why_and_waits_longer(
    web: Web, reader: User, answer: bytes, code: str, words: str
):
    web.pages["/feed"] = answer
    source = visit(make_source(reader, web.url("/feed")))
    assert source.error_code == code
    assert words in source.error
    assert source.failures == 1
    assert source.next_fetch_at > source.tried_at + timedelta(minutes=50)
    source = visit(source)
    source = visit(source)
    assert source.next_fetch_at > source.tried_at + timedelta(hours=3)
    web.pages["/feed"] = feed(item(1))
    source = visit(source)
    assert (source.failures, source.error, source.error_code) == (0, None, None)


def test_gone_for_good_stops_the_visits(web: Web, reader: User):
    web.pages["/feed"] = reply(status=410)
    source = visit(make_source(reader, web.url("/feed")))
    assert source.state is SourceState.GONE
    db.session.execute(update(Source).values(next_fetch_at=func.now()))
    with transaction():
        assert queue.claim() is None


def test_a_server_that_names_a_time_is_left_alone_until_then(web: Web, reader: User):
    web.pages["/feed"] = reply(status=429, Retry_After="200000")
    source = visit(make_source(reader, web.url("/feed")))
    assert source.next_fetch_at >= source.tried_at + timedelta(seconds=199_000)


def test_slow_and_endless_feeds_are_given_up(web: Web, reader: User, site):
    site(fetch_allowed_hosts=web.place, fetch_timeout=0.5, fetch_max_bytes=50_000)
    web.pages["/feed"] = lambda _: itertools.chain(
        [b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"<x>" * 9999)
    )
    assert visit(make_source(reader, web.url("/feed"))).error_code == "too_big"


def test_keeping_the_last_ones_spares_what_the_reader_set_store_by(web: Web, reader: User):
    dated = [
        item(n, pubDate=(YESTERDAY - timedelta(hours=n)).strftime("%a, %d %b %Y %H:%M:%S GMT"))
        for n in range(6)
    ]
    web.pages["/feed"] = feed(*dated)
    source = visit(make_source(reader, web.url("/feed")))
    by_name = {story.headline: story for story in stories(reader)}
    make_track(reader, by_name["Item 5"])
    news.change(reader.id, by_name["Item 4"].id, news.Draft("Mine", "x", "https://example.org/4"))
    mine = make_story(reader, "By hand", created_at=datetime(2010, 1, 1, tzinfo=UTC))
    source.keep_last = 2
    db.session.commit()
    web.pages["/feed"] = feed(*dated, item("new"))
    visit(source)
    assert headlines(reader) == ["Item new", "Item 0", "Mine", "Item 5", mine.headline]
    visit(source)
    assert len(headlines(reader)) == 5


def test_a_source_that_keeps_few_takes_few(web: Web, reader: User):
    web.pages["/feed"] = feed(*(item(n) for n in range(5)))
    source = visit(make_source(reader, web.url("/feed"), keep_last=2))
    assert headlines(reader) == ["Item 0", "Item 1"]
    visit(source)
    assert len(headlines(reader)) == 2


def test_full_texts_are_fetched_from_the_pages(web: Web, reader: User):
    long = "".join(f"<p>A paragraph, number {n}, that says a good deal.</p>" for n in range(20))
    web.pages["/story"] = reply(
        f"<html><head><title>Item 1</title></head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>Item 1</h1>{long}<script>alert(1)</script></article></body></html>"
    )
    web.pages["/feed"] = feed(
        item(1, "<p>Just a start</p>", link=web.url("/story")),
        item(2, "<p>Stays short</p>", link=web.url("/missing")),
    )
    source = visit(make_source(reader, web.url("/feed"), full_text=True))
    first, second = stories(reader)
    assert "number 19" in first.content
    assert "alert" not in first.content
    assert second.content == "Stays short"
    web.pages["/feed"] = feed(item(1, "<p>Another start</p>", link=web.url("/story"), title="New"))
    visit(source)
    assert web.times("/story") == 1
    first = stories(reader)[0]
    assert (first.headline, "number 19" in first.content) == ("New", True)


def test_the_picture_at_the_head_gets_a_small_copy(web: Web, reader: User):
    web.pages["/one.png"] = reply(image(size=(900, 600)), type="image/png")
    web.pages["/two.png"] = reply("<script>", type="image/png")
    web.pages["/feed"] = feed(
        item(1, f'<p>x</p><img src="{web.url("/one.png")}">'),
        item(2, f'<p>x</p><img src="{web.url("/two.png")}">'),
    )
    visit(make_source(reader, web.url("/feed")))
    good, bad = db.session.scalars(select(MediaAsset).order_by(MediaAsset.url)).all()
    assert good.thumbnail_key
    assert good.storage_key is None
    assert (good.metadata_["width"], good.byte_size > 0) == (900, True)
    assert bad.thumbnail_key is None


def test_pictures_in_the_text_get_small_copies_behind_those_at_the_heads(web: Web, reader: User):
    for name in ("/1.png", "/2.png", "/3.png"):
        web.pages[name] = reply(image(size=(900, 600)), type="image/png")
    one, two, three = (f'<img src="{web.url(f"/{n}.png")}">' for n in (1, 2, 3))
    web.pages["/feed"] = feed(item(1, f"<p>x {one} y {two}</p>"), item(2, f"<p>x {three}</p>"))
    visit(make_source(reader, web.url("/feed")))
    first, second = stories(reader)
    copied = select(MediaAsset.url, MediaAsset.thumbnail_key.is_not(None)).order_by(MediaAsset.url)
    asset = copied.where(MediaAsset.news_id == first.id)
    assert db.session.execute(asset).all() == [(web.url(f"/{n}.png"), True) for n in (1, 2)]
    asset = copied.where(MediaAsset.news_id == second.id)
    assert db.session.execute(asset).all() == [(web.url("/3.png"), True)]
    places = [one.path for one in web.asked if one.path.endswith(".png")]
    assert set(places[:2]) == {"/1.png", "/3.png"}
    assert places[2:] == ["/2.png"]


def test_a_full_plan_takes_no_small_copies(app: Flask, web: Web, reader: User):
    for name in ("/1.png", "/2.png"):
        web.pages[name] = reply(image(size=(900, 600)), type="image/png")
    one, two = (f'<img src="{web.url(f"/{n}.png")}">' for n in (1, 2))
    web.pages["/feed"] = feed(item(1, f"<p>x {one} y {two}</p>"))
    with allowing(app, storage_bytes=10):
        visit(make_source(reader, web.url("/feed")))
    assert headlines(reader) == ["Item 1"]
    assert db.session.scalars(select(MediaAsset.thumbnail_key)).all() == [None, None]
    assert web.times("/1.png") + web.times("/2.png") == 1


def test_new_stories_are_read_aloud_but_not_those_of_the_first_visit(web: Web, reader: User):
    web.pages["/feed"] = feed(item(1))
    source = visit(make_source(reader, web.url("/feed"), auto_narrate=True))
    queued = select(AudioGeneration.news_id)
    assert db.session.scalars(queued).all() == []
    web.pages["/feed"] = feed(item(2), item(1))
    visit(source)
    assert db.session.scalars(queued).all() == [stories(reader)[0].id]


def test_a_plan_without_room_says_so_and_lets_them_in_later(
    web: Web, reader: User, monkeypatch: pytest.MonkeyPatch
):
    web.pages["/feed"] = feed(*(item(n) for n in range(3)), ETag='"1"')
    room = "services.sources.storing.room_for_stories"
    monkeypatch.setattr(room, lambda _: 1)
    source = visit(make_source(reader, web.url("/feed")))
    assert headlines(reader) == ["Item 0"]
    assert "2 new stories wait outside" in source.error
    assert (source.error_code, source.failures) == ("plan_limit", 0)
    monkeypatch.setattr(room, lambda _: None)
    source = visit(source)
    assert len(headlines(reader)) == 3
    assert source.error is None


def test_waits_stay_within_bounds(app):
    with app.app_context():
        assert 3200 < schedule.after_success({}) < 4000
        assert 6400 < schedule.after_success({"cache-control": "max-age=7200"}) < 8000
        assert 3200 < schedule.after_success({"cache-control": "max-age=60, public"}) < 4000
        assert 77_000 < schedule.after_success({}, every=30 * 86400) < 96_000
        assert 77_000 < schedule.after_success({"cache-control": "max-age=999999999"}) < 96_000
        assert 3200 < schedule.after_success({"expires": "0"}) < 4000
        waits = [schedule.after_failure(n) for n in (1, 3, 5, 99)]
        assert waits == sorted(waits)
        assert waits[-1] < 200_000
        assert schedule.after_failure(1, 10_000_000) == 7 * 86400


def test_a_host_is_asked_by_one_at_a_time(web: Web, reader: User):
    one, two = (make_source(reader, web.url(path)) for path in ("/a", "/b"))
    elsewhere = make_source(reader, "http://other.test/feed")
    with transaction():
        claimed = [queue.claim(), queue.claim(), queue.claim()]
    ids = [visit and visit.id for visit in claimed]
    assert ids[2] is None
    assert elsewhere.id in ids
    assert (one.id in ids) != (two.id in ids)
    mine = next(visit for visit in claimed if visit and visit.host == web.place)
    with transaction():
        queue.free_host(mine.host)
        other = queue.claim()
    assert other is not None
    assert {mine.id, other.id} == {one.id, two.id}


def test_a_visit_that_comes_back_too_late_changes_nothing(web: Web, reader: User):
    source = make_source(reader, web.url("/feed"))
    with transaction():
        first = queue.claim()
    assert first is not None
    db.session.execute(update(Source).values(next_fetch_at=func.now()))
    with transaction():
        queue.free_host(first.host)
        second = queue.claim()
    assert second is not None
    with transaction():
        assert not queue.finish(first, 60)
        assert not queue.is_ours(first)
        assert queue.fail(second, "x", "y", 60)
    db.session.refresh(source)
    assert source.error == "x"


def test_hosts_without_sources_are_forgotten(web: Web, reader: User):
    make_source(reader, web.url("/a"))
    db.session.execute(db.text("INSERT INTO fetch_hosts VALUES ('old.test', '2020-01-01')"))
    db.session.execute(db.text("UPDATE fetch_hosts SET not_before = '2020-01-01'"))
    with transaction():
        assert queue.forget_hosts() == 1


def test_the_feeds_of_tests_are_feeds():
    assert rss(item(1)).startswith(b"<?xml")
    assert NewsStory.__tablename__ == "news_history"
