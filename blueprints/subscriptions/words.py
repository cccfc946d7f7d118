"""A subscription's state in words: one line of truth, the exact time beside it."""

from datetime import UTC, datetime
from typing import Any

from blueprints.subscriptions.blueprint import bp
from models import SubscriptionState
from presentation import reader_zone
from queries.subscriptions import Event, SubscriptionRow
from services import clock

STATES = {
    SubscriptionState.ACTIVE: "Active",
    SubscriptionState.CANCELLED: "Cancelled, runs on",
    SubscriptionState.ENDED: "Ended",
    SubscriptionState.EXPIRED: "Expired",
    SubscriptionState.SCHEDULED: "Begins later",
}
KINDS = {
    SubscriptionState.ACTIVE: "ready",
    SubscriptionState.CANCELLED: "waiting",
    SubscriptionState.EXPIRED: "failed",
}
"""Colours of chips; the others have none."""
EVENTS = {
    "subscription.created": "Started",
    "subscription.plan_changed": "Changed the plan",
    "subscription.extended": "Extended",
    "subscription.cancelled": "Cancelled",
    "subscription.resumed": "Resumed",
    "subscription.edited": "Edited",
    "subscription.imported": "Imported",
    "subscription.expired": "Expired",
}
FIELDS = {"plan": "Plan", "status": "Status", "start_date": "Start", "end_date": "End"}


@bp.app_template_filter()
def subscription_state(row: SubscriptionRow) -> str:
    """Return the state with the date that matters: "Access until 30 Nov 2026"."""
    end, start = on_day(row.end_date), on_day(row.start_date)
    if row.state is SubscriptionState.ACTIVE:
        return f"Active until {end}" if end else "Active"
    if row.state is SubscriptionState.CANCELLED:
        return f"Access until {end}"
    if row.state is SubscriptionState.SCHEDULED:
        return f"Begins {start}"
    word = STATES[row.state]
    return f"{word} {end}" if end else word


@bp.app_template_filter()
def subscription_kind(state: SubscriptionState) -> str | None:
    """Return the kind of chip that a state has."""
    return KINDS.get(state)


@bp.app_template_filter()
def on_day(when: datetime | None) -> str:
    """Return a day on the reader's clock; this year's without its year. None is empty."""
    if when is None:
        return ""
    there = clock.to_local(when, reader_zone())
    this_year = clock.to_local(datetime.now(UTC), reader_zone()).year
    return f"{there.day} {there:%b}" + ("" if there.year == this_year else f" {there.year}")


@bp.app_template_filter()
def event_word(action: str) -> str:
    """Return what an entry of the log did."""
    return EVENTS.get(action, action.partition(".")[2].replace("_", " ").capitalize())


@bp.app_template_filter()
def event_changes(event: Event) -> list[tuple[str, str, str]]:
    """Return what an entry changed: the name of a field, its old and its new value."""
    return [
        (label, _value(event.before.get(name)), _value(event.after.get(name)))
        for name, label in FIELDS.items()
        if name in event.after and event.before.get(name) != event.after[name]
    ]


def _value(value: Any) -> str:
    if value is None:
        return ""
    try:
        return on_day(datetime.fromisoformat(value))
    except ValueError:
        return str(value).title()
