"""What a reader sees of their plan: what is left, what something costs, and why it is refused."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login import login_user
from sqlalchemy import select

import scope
from blueprints.accounts.sessions import SessionUser
from blueprints.exporting import stream_csv
from extensions import db
from models import Plan, Role, Subscription, SubscriptionStatus, UsageMetric, User
from services import plans
from services.worker.loop import drain
from tests.conftest import signed_in
from tests.factories import make_asset, make_story, make_user
from tests.limited import allowing
from tests.samples import photo, sound

HTMX = {"HX-Request": "true"}
WORDS = "Rain at noon\n\nIt rained at noon."


def words_of(html: str) -> str:
    """Return the text of a page, its white space made even."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def metrics(action: str) -> list[UsageMetric]:
    return list(db.session.scalars(select(UsageMetric).where(UsageMetric.action == action)))


def test_a_refused_narration_is_a_page_that_says_all_there_is_to_know(app, me, reader):
    story = make_story(reader)
    me.set_cookie("tz", "Europe/Berlin")
    with allowing(app, characters=len(WORDS) - 1, contact="ops@earshot.test"):
        reply = me.post(f"/news/{story.id}/narrate")

    assert reply.status_code == 403
    told = words_of(reply.text)
    assert "Your plan allows no more" in told
    assert f"{len(WORDS) - 1} are left, and this text has {len(WORDS)}" in told
    month = plans.plan_queries.used_of(reader.id).resets_at
    assert f"There will be more on {month:%A} 1 {month:%B %Y}, 0" in told
    assert re.search(r"0[12]:00 CES?T", told), "on the reader's own clock"
    assert "ask ops@earshot.test for a larger plan" in told
    assert 'href="/account#plan"' in reply.text


def test_under_htmx_it_is_a_notice(app, me, reader):
    story = make_story(reader)
    with allowing(app, characters=0):
        reply = me.post(f"/news/{story.id}/narrate?as=story", headers=HTMX)

    assert reply.status_code == 403
    assert reply.headers["HX-Retarget"] == "#notice"
    assert "none are left" in reply.text
    assert "<html" not in reply.text


def test_a_refused_form_for_narrating_keeps_every_word(app, me, reader):
    story = make_story(reader)
    sent = {
        "text": "My own words & more",
        "voice_id": "espeak:en-us",
        "language": "en-us",
        "speed": "1.2",
    }
    with allowing(app, characters=3):
        reply = me.post(f"/news/{story.id}/narrate", data=sent)

    assert reply.status_code == 422
    assert "My own words &amp; more</textarea>" in reply.text
    assert "3 are left, and this text has 19" in reply.text
    assert "More than the 3 characters that are left" in reply.text


def test_a_refused_story_form_keeps_every_word(app, me, reader):
    with allowing(app, stories=0):
        reply = me.post("/news/new", data={"headline": "Rain", "content": "It rained & rained."})

    assert reply.status_code == 422
    assert "up to 0 stories" in reply.text
    assert 'value="Rain"' in reply.text
    assert "It rained &amp; rained." in reply.text


def test_a_file_that_is_clearly_too_big_is_refused_before_it_is_looked_into(
    app, me, reader, monkeypatch
):
    def not_reached(*_: object) -> None:
        raise AssertionError("it was decoded")

    data = sound("WAV")
    with allowing(app, storage_bytes=len(data) - 1), monkeypatch.context() as patch:
        patch.setattr("services.sounds.inspect", not_reached)
        one = me.post(
            "/media/upload",
            data={"files": (BytesIO(data), "a.wav")},
            headers={"X-Requested-With": "upload"},
        )
        form = {"headline": "Rain", "content": "It rained.", "files": (BytesIO(data), "a.wav")}
        story = me.post("/news/new", data=form)

    assert one.status_code == 403
    assert 'data-result="refused"' in one.text
    assert "a.wav was not kept. Your plan stores up to" in one.text
    assert story.status_code == 422
    assert "Your plan stores up to" in story.text
    assert "It rained." in story.text


def test_files_added_to_a_story_count_too(app, me, reader):
    story = make_story(reader)
    make_asset(reader, byte_size=1000)
    sent = {"headline": "New", "content": "It rained.", "files": (BytesIO(photo()), "a.jpg")}
    with allowing(app, storage_bytes=1001):
        reply = me.post(f"/news/{story.id}/edit", data=sent)

    assert reply.status_code == 422
    assert "1 B are left" in reply.text
    assert me.get("/media/").text.count("media-grid") == 1
    assert "Rain at noon" in me.get(f"/news/{story.id}").text, "nothing of it was stored"


def test_the_button_says_what_it_spends(app, me, reader):
    story = make_story(reader)
    with allowing(app, characters=10 * len(WORDS)):
        shown = words_of(me.get(f"/news/{story.id}").text)
    assert (
        f"{len(WORDS)} characters 10 % of the {10 * len(WORDS)} characters left this month" in shown
    )
    with allowing(app, characters=None):
        shown = words_of(me.get(f"/news/{story.id}").text)
    assert f"{len(WORDS)} characters" in shown
    assert "left this month" not in shown


def test_the_cost_of_a_very_long_story_is_estimated_rather_than_waited_for(me, reader, monkeypatch):
    story = make_story(reader, content="It rained. " * 2_000)
    monkeypatch.delattr("services.narration.words_of")
    assert "About 22,012 characters" in words_of(me.get(f"/news/{story.id}").text)


def test_a_story_without_a_word_to_read_costs_nothing_to_look_at(me, reader):
    story = make_story(reader, "—", content="![](x.png)")
    for _ in range(2):
        assert "narration__cost" not in me.get(f"/news/{story.id}").text


def test_the_form_says_what_it_spends_and_that_a_take_which_is_there_costs_nothing(app, me, reader):
    story = make_story(reader)
    with allowing(app, characters=10 * len(WORDS)):
        shown = me.get(f"/news/{story.id}/narrate").text
        assert "10 % of the" in shown
        assert f'data-left="{10 * len(WORDS)}"' in shown
        me.post(f"/news/{story.id}/narrate")
        drain()
        assert (
            "You have this narration already, so it costs nothing"
            in me.get(f"/news/{story.id}/narrate").text
        )


def test_from_four_fifths_on_home_account_and_form_warn(app, me, reader):
    story = make_story(reader)
    with allowing(app, characters=100, stories=1, contact="ops@earshot.test"):
        plans.spend_characters(reader.id, 80)
        db.session.commit()
        home, account = words_of(me.get("/").text), words_of(me.get("/account").text)
        form = words_of(me.get(f"/news/{story.id}/narrate").text)
    for page in (home, account, form):
        assert "20 of this month’s 100 characters to be read aloud are left" in page
        assert "Ask ops@earshot.test for a larger plan" in page
    assert "there is no room for another one" in home
    assert "there is no room for another one" in account


def test_below_that_nobody_is_bothered(me, reader):
    make_story(reader)
    for page in ("/", "/account"):
        assert "notice--warning" not in me.get(page).text


def test_the_account_shows_every_limit_with_words_for_its_bar(app, me, reader):
    make_story(reader)
    with allowing(app, stories=4, characters=None, storage_bytes=1_000_000):
        page = me.get("/account").text
    assert 'aria-valuetext="25 % used"' in page
    assert "3 left" in words_of(page)
    assert "No limit" in page
    main = page.split("<main")[1].split("</main>")[0]
    assert "Sources" not in words_of(main), "there are none yet"


@pytest.mark.usefixtures("transaction")
def test_an_admin_has_limits_and_an_allowance_like_anybody(app: Flask):
    admin = make_user(role=Role.ADMIN)
    browser = signed_in(app, admin)
    with allowing(app, stories=0):
        assert browser.get("/").status_code == 200
        assert browser.post("/news/new", data={"headline": "a", "content": "b"}).status_code == 422


def test_what_people_do_is_noted_with_the_subscription_in_force(app, me, reader, tmp_path):
    reply = me.post(
        "/news/new",
        data={"headline": "Rain", "content": "It rained.", "files": (BytesIO(photo()), "a.jpg")},
    )
    news_id = reply.headers["Location"].rpartition("/")[2]
    me.post(f"/news/{news_id}/narrate", data={})
    drain()

    ((signed,), (written,), (uploaded,), (narrated,)) = map(
        metrics, ("signed_in", "story_created", "media_uploaded", "narrated")
    )
    subscription = plans.plan_queries.plan_of(reader.id).id
    assert {m.subscription_id for m in (signed, written, uploaded, narrated)} == {subscription}
    assert {str(m.news_id) for m in (written, uploaded, narrated)} == {news_id}
    assert narrated.quantity == len("Rain\n\nIt rained.")
    assert narrated.metadata_["voice"].startswith("espeak:")
    assert narrated.metadata_["model"] == "espeak-ng-1.52"


def test_a_metric_belongs_to_the_subscription_in_force_even_if_another_is_stored_as_active(
    me: FlaskClient, reader: User
):
    now = datetime.now(UTC)
    (old,) = db.session.scalars(select(Subscription))
    old.end_date = now - timedelta(days=1)
    runs_on = Subscription(
        user_id=reader.id,
        plan=Plan.PRO,
        status=SubscriptionStatus.CANCELLED,
        start_date=old.start_date,
        end_date=now + timedelta(days=30),
    )
    db.session.add(runs_on)
    db.session.commit()

    me.post("/news/new", data={"headline": "Rain", "content": "It rained."})

    assert [one.subscription_id for one in metrics("story_created")] == [runs_on.id]


def test_a_file_of_rows_is_noted_as_exported_by_who_took_it(app: Flask, reader: User):
    with app.test_request_context():
        login_user(SessionUser(reader.id, reader.email, reader.role, 1))
        scope.enter(scope.READER, reader.id)
        "".join(stream_csv("mine.csv", ["n"], ([n] for n in range(7))).response)
    (noted,) = metrics("exported")
    assert (noted.user_id, noted.quantity, noted.metadata_) == (reader.id, 7, {"file": "mine.csv"})
