"""Entries that a careless feed gives the same guid or the same address."""

import json
from datetime import UTC, datetime

import pytest

from services.feeds.model import Entry
from services.feeds.parsing import parse

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHOW = "<link>https://show.test/</link>"
POINTER = "[Find it at show.test](https://show.test/)"


def entries(*items: str) -> tuple[Entry, ...]:
    inside = "".join(f"<item>{one}</item>" for one in items)
    body = f"<rss version='2.0'><channel><title>F</title>{inside}</channel></rss>"
    return parse(body.encode(), "", "https://e.test/feed", NOW).entries


def titled(title: str, more: str = SHOW) -> str:
    return f"<title>{title}</title><description>About {title}</description>{more}"


@pytest.mark.parametrize(
    "more",
    [
        SHOW,
        f"{SHOW}<guid isPermaLink='false'>1</guid>",
        "<guid>https://show.test/</guid>",
    ],
)
def test_episodes_that_all_lead_to_the_page_of_their_show(more: str):
    found = entries(*(titled(title, more) for title in ("One", "Two", "Three")))
    assert [one.headline for one in found] == ["One", "Two", "Three"]
    assert len({one.guid for one in found}) == 3
    # The address is no article's, or each of them would be taken for the others.
    assert {one.url for one in found} == {None}
    assert found[0].content == f"About One\n\n{POINTER}"


def test_guids_stay_the_same_when_another_episode_comes():
    before = entries(titled("Two"), titled("One"))
    after = entries(titled("Three"), titled("Two"), titled("One"))
    assert [one.guid for one in before] == [one.guid for one in after[1:]]


def test_an_address_that_stands_in_the_text_is_not_told_twice():
    text = "<description>&lt;a href='https://show.test/'&gt;Here&lt;/a&gt;</description>"
    first, _ = entries(*(f"<title>{n}</title>{text}{SHOW}" for n in (1, 2)))
    assert first.content == "[Here](https://show.test/)"
    alone, _ = entries(*(f"<title>{n}</title>{SHOW}" for n in (1, 2)))
    assert alone.content == "[Read it at show.test](https://show.test/)"


def test_one_article_that_comes_twice_stays_one():
    guid = "<guid isPermaLink='false'>{}</guid>"
    twice = entries(titled("One"), titled("One"))
    assert [one.url for one in twice] == ["https://show.test/"]
    named = entries(titled("One", SHOW + guid.format(1)), titled("One", SHOW + guid.format(2)))
    assert [one.url for one in named] == ["https://show.test/"] * 2


def test_entries_that_are_places_of_one_page():
    link = "<link>https://e.test/changes#{}</link>"
    first, second = entries(*(titled(n, link.format(n)) for n in ("v2", "v1")))
    assert (first.url, second.url) == ("https://e.test/changes#v2", "https://e.test/changes#v1")


def test_a_shared_address_in_a_json_feed():
    items = [{"id": n, "title": f"T{n}", "url": "https://show.test/"} for n in (1, 2)]
    found = parse(json.dumps({"items": items}).encode(), "", "https://e.test/f", NOW).entries
    assert [(one.headline, one.url) for one in found] == [("T1", None), ("T2", None)]
