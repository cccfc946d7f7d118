"""The page of one subscription, as it is or with an act that was refused."""

from flask import render_template

from blueprints.subscriptions.forms import (
    CancelForm,
    ExtendForm,
    PlanForm,
    ReasonForm,
    ResumeForm,
)
from errors import AppError
from models import SubscriptionStatus
from queries import subscriptions as subscription_queries
from queries.subscriptions import SubscriptionRow
from services.subscription_rules import CancelWhen

FORMS: dict[str, type[ReasonForm]] = {
    "extend": ExtendForm,
    "plan": PlanForm,
    "cancel": CancelForm,
    "resume": ResumeForm,
}


def detail(
    row: SubscriptionRow,
    asked: str | None = None,
    form: ReasonForm | None = None,
    problem: AppError | None = None,
) -> str:
    """Render the page; `asked` names the act whose refused `form` is shown open."""
    forms = {name: kind(formdata=None) for name, kind in FORMS.items()}
    if asked and form:
        forms[asked] = form
    return render_template(
        "subscriptions/show.html",
        row=row,
        forms=forms,
        possible=_possible(row),
        asked=asked,
        problem=problem,
        others=[one for one in subscription_queries.all_of(row.user_id) if one.id != row.id],
        events=subscription_queries.timeline(row.id),
        endings=_endings(row),
    )


def _possible(row: SubscriptionRow) -> list[str]:
    """Return the acts that make sense for a subscription as it is."""
    if row.over:
        return []
    acts = ["extend"] if row.end_date else []
    acts.append("plan")
    if row.status is SubscriptionStatus.CANCELLED:
        acts.append("resume")
    return [*acts, "cancel"]


def _endings(row: SubscriptionRow) -> list[str]:
    """Return when it may be made to end; at the end of the month only if it has no end."""
    if row.status is SubscriptionStatus.CANCELLED:
        return [CancelWhen.NOW]
    return [CancelWhen.NOW, CancelWhen.END if row.end_date else CancelWhen.MONTH_END]
