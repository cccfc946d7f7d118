"""What a reader's plan allows, held to in the transaction of the work.

What is held (stories, bytes) is checked against `user_totals` after the work: the database has
locked the reader's row by then, so of two at once the second sees what the first has done. What
is spent (characters, calls) is added to a counter by a statement that names the limit. Either
way a refusal is raised, and whoever called rolls back.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from allowances import Limits
from config import settings
from errors import LimitReached
from extensions import db
from models import AudioGeneration, Plan, Resource, UsageCounter
from models.usage import STANDING
from queries import plans as plan_queries
from queries.plans import Used, this_month
from services.sizes import size as in_words

WARN_FROM = 0.8
"""Share of a limit from which on a reader is told."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One limit of a plan, and how much of it is used."""

    name: str
    """As in PLAN_LIMITS."""
    used: int
    limit: int | None
    resets_at: datetime | None = None
    """When it begins anew; None for what is held rather than spent."""

    @property
    def left(self) -> int | None:
        """Return how much is left; None is no limit."""
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def share(self) -> float:
        """Return how much of it is used, from 0 to 1."""
        if self.limit is None:
            return 0.0
        return min(1.0, self.used / self.limit) if self.limit else 1.0

    @property
    def warns(self) -> bool:
        """Say whether its reader should know that it runs out."""
        return self.share >= WARN_FROM


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a reader's plan allows and what is used of it."""

    plan: Plan
    measures: tuple[Measure, ...]
    contact: str = ""
    """Whom to ask for more; only told when something runs out."""

    def of(self, name: str) -> Measure:
        """Return one limit by its name."""
        return next(measure for measure in self.measures if measure.name == name)

    @property
    def shown(self) -> tuple[Measure, ...]:
        """Return the limits to tell of: of sources and calls only who has used them is told."""
        later = {"sources", "api_calls"}
        return tuple(one for one in self.measures if one.used or one.name not in later)

    @property
    def warnings(self) -> tuple[Measure, ...]:
        """Return those that run out."""
        return tuple(measure for measure in self.shown if measure.warns)


@dataclass(frozen=True, slots=True)
class Cost:
    """What having a text read aloud takes of the month's characters."""

    characters: int
    month: Measure
    """Of characters, as it stands before."""
    had: bool = False
    """The reader has that narration already, so that it costs nothing."""
    rough: bool = False
    """It is only an estimate."""

    @property
    def share(self) -> float:
        """Return the share of what is left that it takes; 0 when there is no limit."""
        left = self.month.left
        return self.characters / left if left else 0.0

    @property
    def too_much(self) -> bool:
        """Say whether it is more than is left."""
        left = self.month.left
        return not self.had and left is not None and self.characters > left


def limits_of(plan: Plan) -> Limits:
    """Return what a plan allows here."""
    return settings().limits_of_plans[plan]


def allowance_of(user_id: UUID) -> Allowance:
    """Return what a reader may use and does use; one statement, two when something runs out."""
    used = _used(user_id)
    limits = limits_of(used.plan)
    measures = (
        Measure("characters", used.characters, limits.characters, used.resets_at),
        Measure("stories", used.stories, limits.stories),
        Measure("storage_bytes", used.storage_bytes, limits.storage_bytes),
        Measure("sources", used.sources, limits.sources),
        Measure("api_calls", used.api_calls, limits.api_calls, used.resets_at),
    )
    allowance = Allowance(used.plan, measures)
    return replace(allowance, contact=contact()) if allowance.warnings else allowance


def check_stories(user_id: UUID, adding: int = 0) -> None:
    """Refuse when a reader keeps more stories than allowed, `adding` that many more to them.

    Called after a story was written it is exact; called before with `adding` it spares work.

    Raises:
        LimitReached: there is no room.
    """
    used = _used(user_id)
    limit = limits_of(used.plan).stories
    if limit is not None and used.stories + adding > limit:
        raise LimitReached(
            f"Your plan keeps up to {limit:,} stories, and there is no room for another one.",
            f"Delete one that you no longer need, or {_ask()}",
            of="stories",
        )


def check_storage(user_id: UUID, size: int, *, stored: bool = False) -> None:
    """Refuse when `size` more bytes don't fit into what a reader may store.

    Called after the rows were written, with `stored`, it is exact; before, it spares work.

    Raises:
        LimitReached: they don't fit.
    """
    used = _used(user_id)
    limit = limits_of(used.plan).storage_bytes
    before = used.storage_bytes - (size if stored else 0)
    if limit is not None and before + size > limit:
        left = limit - before
        why = f"{in_words(left)} are left, and this takes {in_words(size)}"
        raise LimitReached(
            f"Your plan stores up to {in_words(limit)} of files and narrations;"
            f" {why if left > 0 else 'all of it is used'}.",
            f"Delete what you no longer need, or {_ask()}",
            of="storage_bytes",
        )


def check_sources(user_id: UUID, adding: int) -> None:
    """Refuse when a reader may not follow that many more sources.

    The trigger `count_held('sources')` counts them. Their counter stays locked until the commit,
    so that of two at once the second sees what the first has added.

    Raises:
        LimitReached: there is no room for them.
    """
    standing = insert(UsageCounter).values(
        user_id=user_id, resource=Resource.SOURCES, period=STANDING, used=0
    )
    db.session.execute(standing.on_conflict_do_nothing())
    held = db.session.execute(
        select(UsageCounter.used)
        .where(
            UsageCounter.user_id == user_id,
            UsageCounter.resource == Resource.SOURCES,
            UsageCounter.period == STANDING,
        )
        .with_for_update()
    ).scalar_one()
    limit = limits_of(_used(user_id).plan).sources
    if limit is not None and held + adding > limit:
        left = max(0, limit - held)
        raise LimitReached(
            f"Your plan follows up to {limit:,} sources; {left:,} are left, and this would add"
            f" {adding:,}.",
            f"Remove one that you no longer read, or {_ask()}",
            of="sources",
        )


def spend_characters(user_id: UUID, count: int) -> None:
    """Spend characters of this month for a narration that was just queued.

    Call it after the attempt was written with `charged` and `charged_period`: then its row is
    locked before the counter, in the order in which a trigger gives back.

    Raises:
        LimitReached: that many are not left, or there is no room to store what would be made.
    """
    used = _used(user_id)
    limits = limits_of(used.plan)
    if limits.storage_bytes is not None and used.storage_bytes >= limits.storage_bytes:
        check_storage(user_id, 1)
    if not _spend(user_id, Resource.CHARACTERS, count, limits.characters):
        left = max(0, (limits.characters or 0) - _used(user_id).characters)
        raise LimitReached(
            f"Your plan has up to {limits.characters or 0:,} characters read aloud a month;"
            f" {f'{left:,}' if left else 'none'} are left, and this text has {count:,}.",
            f"If you need more before then, {_ask()}",
            used.resets_at,
            of="characters",
        )


def charge_anew(user_id: UUID, generation_id: UUID, count: int) -> None:
    """Give back what a waiting narration has cost, and spend what its newer words cost.

    Its row is locked already.

    Raises:
        LimitReached: that many are not left.
    """
    db.session.execute(
        update(UsageCounter)
        .where(
            UsageCounter.user_id == user_id,
            UsageCounter.resource == Resource.CHARACTERS,
            UsageCounter.period == AudioGeneration.charged_period,
            AudioGeneration.user_id == user_id,
            AudioGeneration.id == generation_id,
        )
        .values(used=func.greatest(UsageCounter.used - AudioGeneration.charged, 0))
        .execution_options(synchronize_session=False)
    )
    spend_characters(user_id, count)


def spend_api_call(user_id: UUID) -> None:
    """Spend one call of the month's. The caller commits.

    Raises:
        LimitReached: none is left.
    """
    used = _used(user_id)
    limit = limits_of(used.plan).api_calls
    if not _spend(user_id, Resource.API_CALLS, 1, limit):
        raise LimitReached(
            f"Your plan allows {limit or 0:,} API calls a month, and they are used up.",
            f"If you need more before then, {_ask()}",
            used.resets_at,
            of="api_calls",
        )


def cost_of(user_id: UUID, characters: int, *, had: bool = False, rough: bool = False) -> Cost:
    """Say what a text of that length would take of what is left this month."""
    return Cost(characters, allowance_of(user_id).of("characters"), had, rough)


def contact() -> str:
    """Return whom to ask for more: a name, an address, whatever CONTACT says."""
    return settings().contact.strip() or plan_queries.admin_to_ask()


def _ask() -> str:
    return f"ask {contact() or 'an admin'} for a larger plan."


def _used(user_id: UUID) -> Used:
    used = plan_queries.used_of(user_id)
    if used is None:
        raise LimitReached("This account no longer exists.", "")
    return used


def _spend(user_id: UUID, resource: Resource, count: int, limit: int | None) -> bool:
    """Add to this month's counter unless it would exceed the limit; say whether it was added."""
    if limit is not None and count > limit:
        return False
    statement = insert(UsageCounter).values(
        user_id=user_id, resource=resource, period=this_month(), used=count
    )
    spent = statement.on_conflict_do_update(
        index_elements=[UsageCounter.user_id, UsageCounter.resource, UsageCounter.period],
        set_={"used": UsageCounter.used + statement.excluded.used},
        where=None if limit is None else UsageCounter.used + count <= limit,
    ).returning(UsageCounter.period)
    return db.session.scalar(spent) is not None
