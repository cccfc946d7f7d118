"""What the table of subscriptions can be narrowed by, and how its address says so."""

from datetime import datetime

from blueprints.subscriptions.words import STATES
from blueprints.tables import Filter, TableView
from models import Plan, SubscriptionState
from queries.subscriptions import SORTING, Wanted

FILTERS = (
    Filter("plan", "Plan", {plan.value: plan.title() for plan in Plan}),
    Filter("state", "State", {state.value: words for state, words in STATES.items()}),
    Filter("ends", "Ends within", {"7": "7 days", "30": "30 days", "90": "90 days"}),
    Filter("history", "Show", {"all": "All", "current": "Current only"}, standard="all"),
)


def table_view() -> TableView:
    """Read the request's address."""
    return TableView(FILTERS, SORTING)


def wanted(view: TableView, seen_at: datetime | None = None) -> Wanted:
    """Return what a look at the table asks of the database."""
    plan, state, ends = view["plan"], view["state"], view["ends"]
    return Wanted(
        search=view.search,
        plan=Plan(plan) if plan else None,
        state=SubscriptionState(state) if state else None,
        ends_within=int(ends) if ends else None,
        current_only=view["history"] == "current",
        seen_at=seen_at,
    )
