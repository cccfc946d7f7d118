"""Stories that arrived from a source: what they are labelled with, and the list of them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

import scope
from extensions import db
from models import NewsStory, Source, User
from queries import news as news_queries
from queries import sources as source_queries
from queries.paging import Cursor
from tests.conftest import queries_counted
from tests.factories import START, make_asset, make_story, make_user
from tests.feeding import make_source

FEED = "http://127.0.0.1:8123/feed"


@pytest.fixture
def gazette(reader: User) -> Source:
    return make_source(reader, FEED, title="Harbour Gazette")


def arrived(source: Source, headline: str, number: int = 0, **columns) -> NewsStory:
    owner = db.session.get(User, source.user_id)
    when = START + timedelta(minutes=number)
    address = f"http://127.0.0.1:8123/{headline.replace(' ', '-')}"
    known = {"source_id": source.id, "source_url": address, "created_at": when}
    return make_story(owner, headline, **known | columns)


def headlines(page: str) -> list[str]:
    return re.findall(r'<h2 dir="auto"><a href="/news/[^"]*">([^<]*)</a></h2>', page)


def test_a_story_is_labelled_with_the_name_of_its_source(me: FlaskClient, reader, gazette):
    story = arrived(gazette, "Ferries run again")
    make_asset(reader, story, "audio", storage_key="a/b", metadata_={"duration": 5})
    for address in ("/", "/news/", "/news/?q=ferries", f"/news/{story.id}"):
        page = me.get(address).text
        head = page.split('class="meta"')[1].split("</p>")[0]
        assert "Harbour Gazette" in head, address
        assert "127.0.0.1</" not in page
        assert 'data-by="Harbour Gazette"' in page
    gazette.name = "The <Gazette>"
    db.session.commit()
    assert "<bdi>The &lt;Gazette&gt;</bdi>" in me.get("/news/").text
    assert 'data-by="The &lt;Gazette&gt;"' in me.get("/news/").text


def test_the_host_stays_for_what_came_from_no_source(me: FlaskClient, reader: User):
    story = make_story(reader, source_url="https://www.example.org/a")
    assert "<bdi>example.org</bdi>" in me.get("/news/").text
    assert ">example.org</a>" in me.get(f"/news/{story.id}").text


def test_a_story_without_an_address_names_its_source_and_links_nowhere(me, gazette):
    story = arrived(gazette, "No link", source_url=None)
    page = me.get(f"/news/{story.id}").text
    assert "<span>Harbour Gazette</span>" in page
    assert "data-original" not in page
    assert 'href="None"' not in page


def test_labels_cost_no_statement_a_story(me: FlaskClient, gazette: Source):
    counts = []
    for number in range(2):
        for more in range(1 + 5 * number):
            arrived(gazette, f"Story {number} {more}")
        with queries_counted() as statements:
            me.get("/news/")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_list_of_a_source_is_kept_in_every_address(me: FlaskClient, reader, gazette):
    kept = [arrived(gazette, f"Story {number}", number) for number in range(22)]
    make_story(reader, "By hand", created_at=START + timedelta(minutes=10, seconds=30))
    here = f"/news/?source={gazette.id}&amp;view=unread"
    page = me.get(here.replace("&amp;", "&")).text
    assert headlines(page) == [f"Story {number}" for number in range(21, 1, -1)]
    assert 'aria-label="Remove the filter From Harbour Gazette"' in page
    part = f"source={gazette.id}"
    links = [one for one in re.findall(r'(?:href|hx-get|action)="([^"]*)"', page) if "?" in one]
    for ours in ("before=", "view=starred", "/news/read-all", f"/news/{kept[9].id}?"):
        [found, *_] = [one for one in links if ours in one]
        assert part in found
    assert f'name="source" value="{gazette.id}"' in page
    assert f'<option value="{gazette.id}" selected>' in page
    assert 'href="/news/?view=unread"' in page
    shown = me.get(f"/news/{kept[10].id}?{part}").text
    assert all(
        f'rel="{way}" href="/news/{kept[number].id}?{part}"' in shown
        for way, number in (("prev", 11), ("next", 9))
    )
    assert f'<a class="crumb" href="/news/?{part}">' in shown


def test_all_of_a_source_is_marked_as_read_and_nothing_else(me: FlaskClient, reader, gazette):
    arrived(gazette, "Theirs")
    make_story(reader, "Mine")
    newest = me.get("/news/").text.split('name="upto" value="')[1].split('"')[0]
    place = f"/news/read-all?source={gazette.id}"
    reply = me.post(place, data={"upto": newest})
    assert (reply.status_code, reply.location) == (303, f"/news/?source={gazette.id}")
    assert headlines(me.get("/news/?view=unread").text) == ["Mine"]


def test_a_search_stays_within_the_source(me: FlaskClient, reader: User, gazette: Source):
    arrived(gazette, "Harbour one")
    make_story(reader, "Harbour two")
    page = me.get(f"/news/?source={gazette.id}&q=harbour").text
    assert "From Harbour Gazette" in page
    assert page.count("<mark>Harbour</mark>") == 1
    assert f'<input type="hidden" name="source" value="{gazette.id}">' in page
    assert me.get("/news/?q=harbour").text.count("<mark>Harbour</mark>") == 2
    # Scripts of East Asia are searched in another way.
    arrived(gazette, "港の朝")
    make_story(reader, "港の夜")
    page = me.get(f"/news/?source={gazette.id}&q=港").text
    assert ("の朝" in page, "の夜" in page) == (True, False)


def test_sources_can_be_chosen_by_name(me: FlaskClient, reader: User, gazette: Source):
    other = make_source(reader, "https://b.test/feed", name="aardvarks")
    make_source(make_user(), FEED, title="Secret Gazette")
    arrived(gazette, "One")
    page = me.get(f"/news/?source={gazette.id}").text
    sheet = page.split('id="filter-source"')[1].split("</select>")[0]
    names = [(str(other.id), "aardvarks"), (str(gazette.id), "Harbour Gazette")]
    assert re.findall(r'value="([^"]+)"[^>]*>([^<]+)<', sheet) == names
    assert f'value="{gazette.id}" selected' in sheet


def test_a_source_that_the_reader_does_not_have_is_an_empty_list(me: FlaskClient, reader):
    make_story(reader, "Mine")
    scope.enter(scope.OWNER)
    theirs = make_source(make_user(), FEED, title="Secret Gazette")
    arrived(theirs, "Theirs")
    for source_id in (theirs.id, uuid4()):
        reply = me.get(f"/news/?source={source_id}")
        assert (reply.status_code, headlines(reply.text)) == (200, [])
        assert "No such source" in reply.text
        assert "Secret" not in reply.text
    assert headlines(me.get("/news/?source=nonsense").text) == ["Mine"]


def test_the_page_of_a_source_leads_to_its_stories(me: FlaskClient, reader, gazette):
    story = arrived(gazette, "One")
    arrived(gazette, "Two", archived_at=START)
    make_story(reader)
    page = me.get(f"/sources/{gazette.id}").text
    link = f'href="/news/?source={gazette.id}&amp;view=unread"'
    assert re.search(re.escape(link) + r".*?Read its stories.*?>1 unread<", page)
    story.read_at = START
    db.session.commit()
    page = me.get(f"/sources/{gazette.id}").text
    assert link not in page
    assert f'href="/news/?source={gazette.id}"' in page


def test_what_is_listed_by_its_publishing_time_is_not_called_kept_then(me, gazette):
    # Those that came together stand apart by millionths of a second.
    when = START - timedelta(microseconds=7)
    story = arrived(gazette, "Old news", published_at=START, created_at=when)
    page = me.get("/news/").text
    assert (page.count(">published "), page.count(">kept ")) == (1, 0)
    assert re.search(r"story__kept\">Published <time", me.get(f"/news/{story.id}").text)
    later = arrived(gazette, "New news", 5, published_at=START)
    assert me.get("/news/").text.count(">kept ") == 1
    assert re.search(r"story__kept\">Kept <time", me.get(f"/news/{later.id}").text)


def test_what_was_written_by_hand_was_kept(me: FlaskClient, reader: User):
    story = make_story(reader, created_at=START, published_at=START)
    assert ">kept " in me.get("/news/").text
    assert re.search(r"story__kept\">Kept <time", me.get(f"/news/{story.id}").text)


def test_the_queries_know_the_owner(reader: User, gazette: Source):
    story = arrived(gazette, "One")
    scope.enter(scope.OWNER)
    other = make_user().id
    assert source_queries.find_label(reader.id, gazette.id) == "Harbour Gazette"
    assert source_queries.find_label(other, gazette.id) is None
    assert source_queries.unread_of(reader.id, gazette.id) == 1
    assert source_queries.unread_of(other, gazette.id) == 0
    [row] = news_queries.latest_news(reader.id, before=Cursor(START + timedelta(days=1), story.id))
    assert (row.source_label, row.web_address) == ("Harbour Gazette", story.source_url)
