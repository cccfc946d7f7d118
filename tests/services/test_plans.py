"""What plans allow, and how a reader is told that it is used up."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

import scope
from errors import LimitReached
from extensions import db
from models import (
    AudioTrack,
    MediaAsset,
    NewsStory,
    Plan,
    Resource,
    Role,
    Subscription,
    UsageCounter,
    User,
)
from queries import plans as plan_queries
from services import media, narration, narration_cost, news, plans
from services.narration import Wish
from services.storage import open_storage
from services.uploads import Limits as FileLimits
from services.uploads import examine
from services.worker import queue
from services.worker.loop import drain
from tests.factories import make_asset, make_story, make_user
from tests.limited import allowing
from tests.samples import photo
from tests.services.narrating import asked, attempt

pytestmark = pytest.mark.usefixtures("transaction")


def spent(owner: User, resource: Resource = Resource.CHARACTERS) -> int:
    statement = select(func.coalesce(func.sum(UsageCounter.used), 0)).where(
        UsageCounter.user_id == owner.id, UsageCounter.resource == resource
    )
    return int(db.session.scalar(statement))


def refused(work, *given: object) -> LimitReached:
    """Expect a refusal, and undo what the work had begun as a view does."""
    with pytest.raises(LimitReached) as error, db.session.begin_nested():
        work(*given)
    return error.value


def count(model: type) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model)))


@pytest.fixture
def owner() -> User:
    return make_user()


def on_plan(owner: User, plan: Plan, **columns: object) -> None:
    db.session.execute(
        update(Subscription).where(Subscription.user_id == owner.id).values(plan=plan, **columns)
    )
    db.session.commit()


# stories


def test_the_last_place_for_a_story_can_be_taken_once(app: Flask, owner: User):
    with allowing(app, stories=2):
        for number in range(2):
            news.create(owner.id, news.Draft(f"Story {number}", "x"))
        told = refused(news.create, owner.id, news.Draft("One more", "x"))

    assert "up to 2 stories" in told.message
    assert told.resets_at is None
    assert count(NewsStory) == 2


def test_who_has_more_than_allowed_may_still_change_and_delete(app: Flask, owner: User):
    kept = [make_story(owner, f"Story {number}").id for number in range(3)]
    with allowing(app, stories=1):
        news.change(owner.id, kept[0], news.Draft("New words", "x"))
        for story in kept[:2]:
            news.remove(owner.id, story, with_media=True)
        refused(news.create, owner.id, news.Draft("One more", "x"))
        news.remove(owner.id, kept[2], with_media=True)
        news.create(owner.id, news.Draft("One more", "x"))


# storage


def picture() -> object:
    return examine(BytesIO(photo()), "a.jpg", FileLimits(10**7, 10**7, 10**7))


def store(owner: User) -> None:
    with media.batch(open_storage()) as files:
        files.store(owner.id, picture())


def test_a_file_that_does_not_fit_leaves_neither_row_nor_object(app: Flask, owner: User):
    store(owner)
    held = plan_queries.used_of(owner.id).storage_bytes
    objects = len(list(open_storage().list("media/")))
    with allowing(app, storage_bytes=2 * held - 1):
        told = refused(store, owner)

    assert "are left, and this takes" in told.message
    assert count(MediaAsset) == 1
    assert len(list(open_storage().list("media/"))) == objects
    with allowing(app, storage_bytes=2 * held):
        store(owner)
        assert "all of it is used" in refused(store, owner).message


def test_a_narration_without_room_is_refused_before_anything_is_spent(app: Flask, owner: User):
    story = make_story(owner)
    make_asset(owner, byte_size=1000)
    with allowing(app, storage_bytes=1000):
        refused(narration.ask, owner.id, story.id, Wish())

    assert spent(owner) == 0


def test_a_narration_that_turns_out_too_big_fails_with_the_reason_and_costs_nothing(
    app: Flask, owner: User
):
    story = make_story(owner)
    make_asset(owner, byte_size=1000)
    with allowing(app, storage_bytes=1100):
        generation = asked(owner, story).generation_id
        assert spent(owner) > 0
        drain()

    one = attempt(generation)
    assert one.status == "failed"
    assert "100 B are left" in one.error
    assert one.storage_key is None
    assert (one.charged, spent(owner)) == (0, 0)
    assert count(AudioTrack) == 0
    narration.retry(owner.id, generation)
    drain()
    assert count(AudioTrack) == 1


# characters


def test_a_queued_narration_is_charged_to_this_month(app: Flask, owner: User):
    one = attempt(asked(owner, make_story(owner), text="Only this.").generation_id)

    assert one.charged == spent(owner) == len("Only this.")
    assert one.charged_period == datetime.now(UTC).date().replace(day=1)


def test_the_last_characters_can_be_spent_once(app: Flask, owner: User):
    stories = [make_story(owner) for _ in range(3)]
    with allowing(app, characters=20):
        asked(owner, stories[0], text="0123456789")
        asked(owner, stories[1], text="0123456789")
        told = refused(narration.ask, owner.id, stories[2].id, Wish(text="x"))

    assert spent(owner) == 20
    assert "20 characters read aloud a month; none are left, and this text has 1" in told.message
    assert told.resets_at == plan_queries.used_of(owner.id).resets_at


def test_a_text_longer_than_the_whole_month_spends_nothing(app: Flask, owner: User):
    with allowing(app, characters=5):
        told = refused(narration.ask, owner.id, make_story(owner).id, Wish(text="0123456789"))
    assert "5 are left" in told.message
    assert spent(owner) == 0


def test_asking_twice_costs_once_and_newer_words_cost_the_difference(app: Flask, owner: User):
    story = make_story(owner)
    with allowing(app, characters=20):
        asked(owner, story, text="0123456789")
        asked(owner, story, text="0123456789")
        assert spent(owner) == 10
        first = asked(owner, story, text="01234567890123456789")
        assert spent(owner) == attempt(first.generation_id).charged == 20
        refused(narration.ask, owner.id, story.id, Wish(text="0" * 21))
        assert spent(owner) == 20
        asked(owner, story, text="012")
    assert spent(owner) == attempt(first.generation_id).charged == 3


def test_newer_words_of_what_waits_since_last_month_are_charged_to_this_one(owner: User):
    story = make_story(owner)
    generation = asked(owner, story, text="0123456789").generation_id
    month = attempt(generation).charged_period
    last = (month - timedelta(days=1)).replace(day=1)
    db.session.execute(update(UsageCounter).values(period=last))
    attempt(generation).charged_period = last
    db.session.commit()

    asked(owner, story, text="012")

    rows = db.session.execute(select(UsageCounter.period, UsageCounter.used)).all()
    assert {row.period: row.used for row in rows} == {last: 0, month: 3}


def test_a_take_that_is_there_already_costs_nothing(owner: User):
    story = make_story(owner)
    asked(owner, story)
    drain()
    before = spent(owner)

    assert asked(owner, story).track_id
    assert spent(owner) == before > 0


def test_what_comes_to_nothing_is_given_back_and_a_retry_is_charged_again(owner: User):
    story = make_story(owner)
    generation = asked(owner, story, text="0123456789").generation_id
    queue.fail(queue.claim(), "It broke.", "broken")
    assert (attempt(generation).charged, spent(owner)) == (0, 0)

    again = narration.retry(owner.id, generation)
    assert spent(owner) == attempt(again.generation_id).charged == 10
    narration.cancel(owner.id, again.generation_id)
    assert spent(owner) == 0


def test_a_try_that_waits_for_another_one_stays_charged(owner: User):
    asked(owner, make_story(owner), text="0123456789")
    queue.retry_later(queue.claim(), "Busy.", "busy", None)
    assert spent(owner) == 10
    db.session.execute(text("UPDATE audio_generation_history SET not_before = now()"))
    queue.hand_back(queue.claim())
    assert spent(owner) == 10


# plans


def test_the_larger_plan_allows_more_from_the_moment_it_is_in_force(app: Flask, owner: User):
    story = make_story(owner)
    with allowing(app, characters=5):
        refused(narration.ask, owner.id, story.id, Wish(text="0123456789"))
        on_plan(owner, Plan.PRO)
        assert asked(owner, story, text="0123456789").is_new


def test_when_a_plan_has_ended_the_gate_knows_before_any_job_has_run(app: Flask, owner: User):
    now = datetime.now(UTC)
    on_plan(owner, Plan.PRO, start_date=now - timedelta(days=9), end_date=now + timedelta(days=1))
    story = make_story(owner)
    with allowing(app, characters=5):
        plans.spend_characters(owner.id, 10)
        on_plan(owner, Plan.PRO, end_date=now - timedelta(hours=1))
        assert plan_queries.plan_of(owner.id) is None
        assert plans.allowance_of(owner.id).plan is Plan.FREE
        refused(narration.ask, owner.id, story.id, Wish(text="0123456789"))


def test_enterprise_is_never_refused(app: Flask, owner: User):
    on_plan(owner, Plan.ENTERPRISE)
    with allowing(app, stories=0, characters=0, storage_bytes=0):
        plans.spend_characters(owner.id, 10**9)
        news.create(owner.id, news.Draft("Story", "x"))
        store(owner)
        assert plans.allowance_of(owner.id).warnings == ()


# sources and calls


def test_calls_are_spent_one_by_one(app: Flask, owner: User):
    with allowing(app, api_calls=2):
        plans.spend_api_call(owner.id)
        plans.spend_api_call(owner.id)
        told = refused(plans.spend_api_call, owner.id)

    assert "2 API calls a month" in told.message
    assert told.resets_at is not None
    assert spent(owner, Resource.API_CALLS) == 2


@pytest.fixture
def feeds(transaction: None) -> None:
    """Make a table like the one of sources, counted as theirs will be."""
    db.session.execute(text("CREATE TABLE feeds (user_id uuid NOT NULL)"))
    db.session.execute(
        text(
            "CREATE TRIGGER count_held AFTER INSERT OR DELETE ON feeds FOR EACH ROW"
            " EXECUTE FUNCTION count_held('sources')"
        )
    )


@pytest.mark.usefixtures("feeds")
def test_sources_are_counted_by_the_database_whoever_writes(app: Flask, owner: User):
    def follow(number: int) -> None:
        plans.check_sources(owner.id, number)
        db.session.execute(
            text("INSERT INTO feeds SELECT :id FROM generate_series(1, :n)"),
            {"id": owner.id, "n": number},
        )

    with allowing(app, sources=5):
        follow(2)
        told = refused(follow, 4)
        assert "3 are left, and this would add 4" in told.message
        follow(3)
        refused(follow, 1)
        db.session.execute(text("DELETE FROM feeds WHERE ctid IN (SELECT ctid FROM feeds LIMIT 2)"))
        follow(2)
    assert plan_queries.used_of(owner.id).sources == 5


# what is told


def test_a_reader_is_warned_from_four_fifths_on(app: Flask, owner: User):
    with allowing(app, characters=100, contact="ops@earshot.test"):
        plans.spend_characters(owner.id, 79)
        assert plans.allowance_of(owner.id).warnings == ()
        plans.spend_characters(owner.id, 1)
        allowance = plans.allowance_of(owner.id)

    (warning,) = allowance.warnings
    assert (warning.name, warning.left, warning.share) == ("characters", 20, 0.8)
    assert allowance.contact == "ops@earshot.test"


def test_whom_to_ask_is_the_setting_or_else_the_first_admin(app: Flask, owner: User):
    with scope.acting(scope.READER, owner.id):
        assert plans.contact() == ""
        with allowing(app, stories=0):
            assert "ask an admin" in refused(news.create, owner.id, news.Draft("x", "x")).advice
    make_user("suspended@earshot.test", role=Role.ADMIN, suspended_at=datetime.now(UTC))
    for days, email in ((1, "second@earshot.test"), (2, "first@earshot.test")):
        make_user(email, role=Role.ADMIN, created_at=datetime.now(UTC) - timedelta(days=days))
    with scope.acting(scope.READER, owner.id):
        assert plans.contact() == "first@earshot.test"


def test_the_cost_is_told_before_it_is_spent(app: Flask, owner: User):
    story = make_story(owner, "Rain", content="It rained.")
    words = "Rain\n\nIt rained."
    with allowing(app, characters=100):
        plans.spend_characters(owner.id, 100 - 4 * len(words))
        cost = narration_cost.of_story(owner.id, story)
        assert (cost.characters, cost.share, cost.too_much) == (len(words), 0.25, False)
        assert narration_cost.of_wish(
            owner.id, story.id, Wish(voice_id="espeak:en-us", text="x" * 101)
        ).too_much

        asked(owner, story, voice_id="espeak:en-us", speed=1.0)
        drain()
        same = Wish(voice_id="espeak:en-us", text=words, speed=1.0)
        assert narration_cost.of_wish(owner.id, story.id, same).had
        other = Wish(voice_id="espeak:en-us", text=words, speed=1.2)
        assert not narration_cost.of_wish(owner.id, story.id, other).had


def test_everything_a_reader_may_spend_is_their_own(owner: User):
    stranger = make_user()
    plans.spend_characters(owner.id, 5)
    with scope.acting(scope.READER, stranger.id):
        assert db.session.scalars(select(UsageCounter.used)).all() == []
        changed = db.session.execute(update(UsageCounter).values(used=0))
        assert changed.rowcount == 0
    assert spent(owner) == 5
