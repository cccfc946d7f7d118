"""Making, changing and ending subscriptions."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select, text

from errors import Conflict, InvalidInput, NotFound
from extensions import db
from models import Plan, Subscription, SubscriptionStatus, User
from queries import subscriptions as subscription_queries
from queries.subscriptions import SubscriptionRow
from services import audit
from services.audit import Deed, Person
from services.subscription_rules import (
    Act,
    Cancel,
    CancelWhen,
    Change,
    ChangePlan,
    Refused,
    Resume,
    Terms,
    give_way,
    terms_of,
)
from services.subscription_writing import (
    AlreadyActive,
    New,
    as_json,
    lock,
    write,
)
from services.subscription_writing import insert as insert_all

ACTIVE = SubscriptionStatus.ACTIVE
CANCELLED = SubscriptionStatus.CANCELLED
EXPIRED = SubscriptionStatus.EXPIRED


class UnknownPerson(InvalidInput):
    """Nobody here has that address."""


class BadDates(InvalidInput):
    """The dates contradict each other, or the status."""


class NotPossible(InvalidInput):
    """The rules don't allow it for this subscription."""


class Overtaken(Conflict):
    """Somebody else changed it since the form was opened."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A subscription as it was asked for."""

    email: str
    plan: Plan
    status: SubscriptionStatus
    start_date: datetime
    end_date: datetime | None


def create(actor: Person, draft: Draft, *, end_present: bool = False, reason: str = "") -> UUID:
    """Give somebody a subscription; the caller commits.

    The free one that everybody starts with gives way to it. A paid one only does so when
    `end_present` says so.

    Raises:
        UnknownPerson: nobody has that address.
        BadDates: the end is before the start, or lies ahead of something that is to be over.
        AlreadyActive: another one is active, and stays.
    """
    owner = _lock_person(draft.email)
    now: datetime = db.session.scalars(select(func.now())).one()
    new = New(uuid4(), owner, sound_terms(draft, now))
    if new.terms.status is ACTIVE:
        _settle(owner.id)
        _make_room(actor, new, now, end_present, reason)
    insert_all([new])
    deed = Deed("subscription.created", owner, new.id, after=as_json(new.terms))
    audit.record_all([deed], actor=actor, object_type="subscription", reason=reason)
    return new.id


def act(actor: Person, subscription_id: UUID, what: Act, reason: str = "") -> UUID:
    """Do something to one subscription; return the id that goes on. The caller commits.

    Raises:
        NotFound: there is none.
        NotPossible: the rules don't allow it.
        AlreadyActive: somebody would have two active ones.
    """
    row, now = _locked(subscription_id)
    if isinstance(what, Resume):
        _refuse_second(row)
    return write(actor, what.action, [(row, _change(row, what, now))], reason)[0]


def edit(
    actor: Person,
    subscription_id: UUID,
    terms: Terms,
    seen: datetime | None = None,
    reason: str = "",
) -> UUID:
    """Correct a subscription; return the id that goes on. The caller commits.

    Only what differs is touched. Another status or plan follows the rules of cancelling,
    resuming and changing plans; what is over never comes back to life.

    Raises:
        NotFound: there is none.
        Overtaken: it changed since `seen`.
        BadDates, NotPossible, AlreadyActive: as asked for, it can't be.
    """
    row, now = _locked(subscription_id)
    if seen is not None and row.updated_at != seen:
        raise Overtaken(
            "Somebody changed this subscription while you had it open. What you entered is kept;"
            " compare it with the page and save again."
        )
    if terms.end_date is not None and terms.end_date < terms.start_date:
        raise BadDates("The end is before the start.")
    if terms.end_date is None and CANCELLED in {row.status, terms.status} and row.end_date:
        raise BadDates("What is cancelled needs its end.")
    stored = terms_of(row)
    dated = replace(stored, start_date=terms.start_date, end_date=terms.end_date)
    if dated != stored:
        _stays_over(row, dated)
        row = _dated(row, dated)
    change = Change(dated)
    acts: list[Act] = []
    if terms.status is not row.status:
        acts.append(_act_for(terms))
    if terms.plan is not row.plan:
        acts.append(ChangePlan(terms.plan))
    before = replace(row, start_date=stored.start_date, end_date=stored.end_date)
    for what in acts:
        if isinstance(what, Resume):
            _refuse_second(row)
        change = _change(row, what, now)
        row = _dated(row, change.terms)
    if change.terms == stored and change.opens is None:
        return row.id
    action = ChangePlan.action if change.opens else acts[-1].action if acts else _EDITED
    return write(actor, action, [(before, change)], reason)[0]


def sound_terms(draft: Draft, now: datetime) -> Terms:
    """Return the terms of a new subscription.

    One that is over and says no end ended now; one whose end is past is over.

    Raises:
        BadDates: the dates contradict each other, or the status.
    """
    end, status = draft.end_date, draft.status
    if end is not None and end < draft.start_date:
        raise BadDates("The end is before the start.")
    if status is EXPIRED and max(end or now, draft.start_date) > now:
        raise BadDates("What has expired can't lie ahead. Choose an end that is past.")
    if status is not ACTIVE and end is None:
        end = max(now, draft.start_date)
    if status is ACTIVE and end is not None and end <= now:
        status = EXPIRED
    return Terms(draft.plan, status, draft.start_date, end)


def expire() -> int:
    """Write down what has expired; return how many. The caller commits.

    Nothing depends on it: everybody asks for the derived state. It keeps the stored word true
    for whoever reads the table with other tools.
    """
    found = db.session.execute(_EXPIRE).all()
    deeds = [
        Deed(
            "subscription.expired",
            Person(row.user_id, row.email),
            row.id,
            {"status": ACTIVE.value},
            {"status": EXPIRED.value},
        )
        for row in found
    ]
    audit.record_all(deeds, object_type="subscription")
    return len(found)


_EDITED = "subscription.edited"
_EXPIRE = text("""
    UPDATE subscriptions AS s SET status = 'expired'
    FROM users AS u
    WHERE u.id = s.user_id AND s.status = 'active' AND s.end_date <= now()
    RETURNING s.id, s.user_id, u.email
""")
_SETTLE = text("""
    UPDATE subscriptions SET status = 'expired'
    WHERE user_id = :user_id AND status = 'active' AND end_date <= now()
""")


def _lock_person(email: str) -> Person:
    """Return whose address that is; others who make something for them wait for the commit."""
    row = db.session.execute(
        select(User.id, User.email)
        .where(func.lower(User.email) == func.lower(email))
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise UnknownPerson("Nobody here has this address. Invite them first, or check the typing.")
    return Person(row.id, row.email)


def _settle(user_id: UUID) -> None:
    """Write down what has expired of one person, so that it is in nobody's way."""
    db.session.execute(_SETTLE, {"user_id": user_id})


def _make_room(actor: Person, new: New, now: datetime, end_present: bool, reason: str) -> None:
    present = _active_of(new.owner.id)
    if present is None:
        return
    automatic = present.plan is Plan.FREE and new.terms.plan is not Plan.FREE
    if not automatic and not end_present:
        raise AlreadyActive(
            f"{present.email} has an active {present.plan.title()} subscription already."
        )
    change = Change(give_way(present, new.terms.start_date, now))
    write(actor, Cancel.action, [(present, change)], reason)


def _active_of(user_id: UUID) -> SubscriptionRow | None:
    found, _ = lock((Subscription.user_id == user_id) & (Subscription.status == ACTIVE))
    return found[0] if found else None


def _locked(subscription_id: UUID) -> tuple[SubscriptionRow, datetime]:
    found, now = lock(Subscription.id == subscription_id)
    if not found:
        raise NotFound("There is no such subscription.")
    return found[0], now


def _change(row: SubscriptionRow, what: Act, now: datetime) -> Change:
    try:
        return what.change(row, now)
    except Refused as refusal:
        hint = " Start a new one instead." if row.over else ""
        raise NotPossible(f"This subscription {refusal}.{hint}") from refusal


def _refuse_second(row: SubscriptionRow) -> None:
    _settle(row.user_id)
    other = _active_of(row.user_id)
    if other is not None and other.id != row.id:
        raise AlreadyActive(
            f"{row.email} has an active {other.plan.title()} subscription meanwhile."
            " Cancel that one first."
        )


def _act_for(terms: Terms) -> Act:
    if terms.status is CANCELLED:
        return Cancel(CancelWhen.END if terms.end_date else CancelWhen.NOW)
    if terms.status is ACTIVE:
        return Resume()
    raise NotPossible("A subscription expires by its end date; set that instead.")


def _stays_over(row: SubscriptionRow, dated: Terms) -> None:
    state = subscription_queries.state_of(dated.status, dated.start_date, dated.end_date)
    if row.over and state not in subscription_queries.OVER:
        raise NotPossible("This subscription has ended. Start a new one instead.")


def _dated(row: SubscriptionRow, terms: Terms) -> SubscriptionRow:
    """Return the row as it would be under other terms."""
    return replace(
        row,
        plan=terms.plan,
        status=terms.status,
        start_date=terms.start_date,
        end_date=terms.end_date,
        state=subscription_queries.state_of(terms.status, terms.start_date, terms.end_date),
    )
