"""Podcast addresses, and what a feed is made of."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import ProgrammingError

import scope
from errors import NotFound
from extensions import db
from models import AuditEntry, PodcastFeed
from queries.podcasts import Episode, podcast_of
from services import podcasts
from services.podcasts import feed as feed_module
from services.podcasts.feed import CONTENT, clean
from tests.factories import START, make_user
from tests.listening import by

pytestmark = pytest.mark.usefixtures("transaction")

AT = podcasts.Addresses("https://e.test", "t" * 43)
CHANNEL = podcasts.Channel("anna@e.test", "one", AT.feed)
STRANGE = "Bell \x07 \x1b ]]> <b>&amp; 🎧 שלום \ufffe end"


def episode(**changes) -> Episode:
    values = {
        "track_id": make_user().id,
        "created_at": START,
        "duration": 61.6,
        "byte_size": 1234,
        "storage_key": "audio/x.mp3",
        "content_type": "audio/mpeg",
        "headline": "Rain",
        "content": "It *rained*.",
        "source_url": "https://e.test/rain?a=1&b=2",
        "timed": True,
    }
    return Episode(**(values | changes))


def test_an_address_is_long_random_and_made_once():
    owner = make_user()
    with scope.acting(scope.READER, owner.id):
        podcasts.create(owner.id, by=by(owner))
        first = podcast_of(owner.id)
        podcasts.create(owner.id, by=by(owner))
        assert first == podcast_of(owner.id)
    assert len(first.token) >= 43
    with scope.acting(scope.ACCOUNTS):
        assert podcasts.look_up(first.token).user_id == owner.id
        for wrong in ("", "x", first.token[:-1] + "~", first.token + "\0", "é" * 40, "x" * 43):
            assert podcasts.look_up(wrong) is None


def test_renewing_and_revoking_end_an_address_and_leave_word_without_it():
    owner, other = make_user(), make_user()
    for one in (owner, other):
        podcasts.create(one.id, by=by(one))
    before, others = podcast_of(owner.id).token, podcast_of(other.id)
    with scope.acting(scope.READER, owner.id):
        podcasts.renew(owner.id, by=by(owner))
        after = podcast_of(owner.id)
        assert after.token != before
        assert after.renewed_at
        podcasts.revoke(owner.id, by=by(owner))
        for act in (podcasts.renew, podcasts.revoke):
            with pytest.raises(NotFound):
                act(owner.id, by=by(owner))
    with scope.acting(scope.ACCOUNTS):
        assert podcasts.look_up(before) is podcasts.look_up(after.token) is None
    assert podcast_of(other.id) == others
    log = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == owner.id).order_by(AuditEntry.id)
    ).all()
    assert {one.action for one in log} == {
        "podcast.created",
        "podcast.renewed",
        "podcast.revoked",
    }
    assert not any(after.token in str(vars(one)) or before in str(vars(one)) for one in log)


def test_a_suspended_reader_has_no_podcast():
    owner = make_user()
    podcasts.create(owner.id, by=by(owner))
    owner.suspended_at = func.now()
    db.session.commit()
    with scope.acting(scope.ACCOUNTS):
        assert podcasts.look_up(podcast_of(owner.id).token) is None


def test_the_role_that_looks_addresses_up_changes_none():
    owner = make_user()
    podcasts.create(owner.id, by=by(owner))
    db.session.commit()
    for statement in (update(PodcastFeed).values(token="x" * 43), delete(PodcastFeed)):
        with (
            scope.acting(scope.ACCOUNTS),
            pytest.raises(ProgrammingError, match="permission denied"),
            db.session.begin_nested(),
        ):
            db.session.execute(statement)


def test_a_feed_has_what_podcast_apps_ask_for():
    body = podcasts.render(CHANNEL, AT, [episode()])
    feed = feedparser.parse(body)
    assert not feed.bozo
    assert feed.feed.title == "Earshot: anna’s stories"
    assert feed.feed.language == "en"
    assert feed.feed.image.href == "https://e.test/podcast/" + "t" * 43 + "/cover.png"
    assert feed.feed.itunes_block == 1
    assert feed.feed.podcast_locked == "yes"
    (item,) = feed.entries
    assert item.title == "Rain"
    assert item.link == "https://e.test/rain?a=1&b=2"
    assert item.published == "Sun, 01 Mar 2026 08:00:00 GMT"
    assert item.itunes_duration == "62"
    assert item.summary == "It rained."
    assert item.content[0].value == "<p>It <em>rained</em>.</p>"
    assert not item.guidislink
    (sound,) = item.enclosures
    assert (sound.href, sound["length"], sound.type) == (
        AT.of_track(item.id, "mp3"),
        "1234",
        "audio/mpeg",
    )
    kinds = [one.get("type") for one in ET.fromstring(body).iter() if "transcript" in one.tag]
    assert kinds == ["text/vtt", "application/x-subrip", "application/json"]


def test_strange_words_survive_and_what_xml_cannot_hold_is_left_out():
    body = podcasts.render(CHANNEL, AT, [episode(headline=STRANGE, content=STRANGE)])
    item = ET.fromstring(body).find("channel/item")
    assert item.findtext("title") == "Bell ]]> <b>&amp; 🎧 שלום end"
    assert "]]&gt;" in item.findtext(f"{{{CONTENT}}}encoded")
    assert "🎧 שלום" in item.findtext("description")
    assert clean("a\x00\x0b\ud800\uffffb\t\n") == "ab\t\n"


def test_a_story_of_ones_own_leads_to_its_sound_on_the_site():
    mine = episode(source_url=None)
    (item,) = feedparser.parse(podcasts.render(CHANNEL, AT, [mine])).entries
    assert item.link == f"https://e.test/audio/{mine.track_id}"


def test_a_story_cannot_bring_scripts_into_an_app_or_a_link_that_is_none():
    hostile = "<script>alert(1)</script> [press](javascript:alert(1))"
    body = podcasts.render(
        CHANNEL, AT, [episode(content=hostile, source_url="javascript:alert(1)")]
    )
    item = ET.fromstring(body).find("channel/item")
    assert item.findtext("link").startswith("https://e.test/audio/")
    encoded = item.findtext(f"{{{CONTENT}}}encoded")
    assert "<script" not in encoded
    assert 'href="javascript' not in encoded


def test_the_id_of_a_podcast_outlives_its_address():
    def identity(at: podcasts.Addresses) -> str:
        made = podcasts.render(podcasts.Channel("a@e.test", "one", at.feed), at, [])
        return feedparser.parse(made).feed.podcast_guid

    assert identity(AT) == identity(podcasts.Addresses("https://e.test", "u" * 43))


def test_times_without_trust_promise_no_transcript_and_what_is_missing_is_left_out():
    late = START + timedelta(hours=1)
    body = podcasts.render(
        CHANNEL,
        AT,
        [episode(timed=False), episode(byte_size=0, created_at=late, headline="Lost")],
    )
    assert b"transcript" not in body
    assert [one.title for one in feedparser.parse(body).entries] == ["Rain"]


def test_only_the_newest_stories_bring_their_text_and_one_that_is_cut_says_so(monkeypatch):
    monkeypatch.setattr(feed_module, "WITH_TEXT", 1)
    monkeypatch.setattr(feed_module, "LETTERS", 3)
    body = podcasts.render(CHANNEL, AT, [episode(content="abc"), episode(content="abc")])
    first, second = ET.fromstring(body).findall("channel/item")
    assert first.findtext(f"{{{CONTENT}}}encoded") == "<p>abc</p>\n<p>…</p>"
    assert second.find(f"{{{CONTENT}}}encoded") is None
    assert second.findtext("description") == "abc"
