"""Forms of subscriptions."""

from datetime import datetime
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional, StopValidation

from blueprints.fields import Form, clean_line
from models import Plan, SubscriptionStatus
from presentation import reader_zone
from queries.subscriptions import SubscriptionRow
from services import clock
from services.subscription_rules import Act, Cancel, CancelWhen, ChangePlan, Extend, Terms
from services.subscriptions import Draft

LONGEST_REASON = 300
PLANS = [SelectChoice(plan.value, plan.title()) for plan in Plan]
STATUSES = [SelectChoice(status.value, status.title()) for status in SubscriptionStatus]
MONTHS = [SelectChoice("1", "1 month"), SelectChoice("3", "3 months"), SelectChoice("12", "1 year")]
WHEN = [
    SelectChoice(CancelWhen.NOW.value, "Now"),
    SelectChoice(CancelWhen.END.value, "At its end"),
    SelectChoice(CancelWhen.MONTH_END.value, "At the end of this month"),
]


class MomentField(StringField):
    """A day, or a time, on the clock of whoever fills it in.

    A day alone is its first moment, or its last second when the `whole_day` counts. A day that
    was shown and left alone stays the very moment that was stored.
    """

    def __init__(self, label: str, validators: Any = (), whole_day: bool = False, **more: Any):
        super().__init__(label, validators, filters=[clean_line], **more)
        self.whole_day = whole_day
        self.stored: datetime | None = None

    @property
    def moment(self) -> datetime | None:
        """Return the point in time; None for an empty field."""
        if not self.data:
            return None
        if self.stored and self.data == _day(self.stored):
            return self.stored
        return clock.read(self.data, reader_zone(), whole_day=self.whole_day)

    @property
    def input_type(self) -> str:
        """Return the control that can show what was typed."""
        text = self.data or ""
        return "date" if not text or (len(text) == 10 and "/" not in text) else "text"

    def show(self, when: datetime | None) -> None:
        """Show a stored moment."""
        self.stored = when
        self.data = _day(when) if when else ""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Refuse what is no time."""
        try:
            _ = self.moment
        except ValueError:
            raise StopValidation("Enter a date like 2026-11-30.") from None


class ReasonForm(Form):
    """Anything that the log keeps a reason of."""

    reason = StringField(
        "Reason",
        filters=[clean_line],
        validators=[
            Length(max=LONGEST_REASON, message=f"Keep it within {LONGEST_REASON} characters.")
        ],
    )


class TermsForm(ReasonForm):
    """Plan, status and dates."""

    plan = SelectField("Plan", choices=PLANS, default=Plan.PRO.value)
    status = SelectField("Status", choices=STATUSES, default=SubscriptionStatus.ACTIVE.value)
    start_date = MomentField("Start date", [InputRequired("Enter when it starts.")])
    end_date = MomentField("End date", [Optional()], whole_day=True)

    def validate_end_date(self, field: MomentField) -> None:
        """Want the end behind the start, once both can be read."""
        start = None if self.start_date.errors else self.start_date.moment
        if start and field.moment and field.moment < start:
            raise ValidationError("The end is before the start.")

    def terms(self) -> Terms:
        """Return what was asked for; the form is valid."""
        start = self.start_date.moment
        assert start is not None
        return Terms(
            Plan(self.plan.data),
            SubscriptionStatus(self.status.data),
            start,
            self.end_date.moment,
        )


class NewForm(TermsForm):
    """A new subscription."""

    email = StringField(
        "E-mail", filters=[clean_line], validators=[InputRequired("Enter whose it is.")]
    )
    end_present = BooleanField("End the present subscription")

    def draft(self) -> Draft:
        """Return what was asked for; the form is valid."""
        terms = self.terms()
        return Draft(
            self.email.data or "", terms.plan, terms.status, terms.start_date, terms.end_date
        )


class EditForm(TermsForm):
    """A subscription that is corrected."""

    version = HiddenField()
    """When it was last changed, as the form saw it."""

    def fill(self, row: SubscriptionRow) -> None:
        """Show a subscription as it is stored."""
        self.plan.data, self.status.data = row.plan.value, row.status.value
        self.start_date.show(row.start_date)
        self.end_date.show(row.end_date)
        self.version.data = row.updated_at.isoformat()

    def know(self, row: SubscriptionRow) -> None:
        """Learn what is stored, so that a day left alone stays the very moment it was.

        What was not sent stays as it is.
        """
        self.start_date.stored, self.end_date.stored = row.start_date, row.end_date
        for name in ("plan", "status"):
            if not self[name].raw_data:
                self[name].data = getattr(row, name).value
        if not self.start_date.raw_data:
            self.start_date.show(row.start_date)
            self.start_date.raw_data = [self.start_date.data]
        if not self.end_date.raw_data:
            self.end_date.show(row.end_date)

    def seen(self) -> datetime | None:
        """Return when it was last changed as this form saw it; None when it can't say."""
        try:
            return datetime.fromisoformat(self.version.data or "")
        except ValueError:
            return None


class ExtendForm(ReasonForm):
    """How much longer."""

    months = RadioField("By", choices=MONTHS, default="1", validate_choice=False)
    until = MomentField("Or until", [Optional()], whole_day=True)

    def validate_months(self, field: RadioField) -> None:
        """Want one of the months, unless a day is given."""
        if not self.until.data and field.data not in {choice.value for choice in MONTHS}:
            raise ValidationError("Choose how long, or a date.")

    def act(self) -> Act:
        """Return what was asked for; the form is valid."""
        until = self.until.moment
        return Extend(0 if until else int(self.months.data), until, reader_zone())


class CancelForm(ReasonForm):
    """When it is to end."""

    when = RadioField("It ends", choices=WHEN, default=CancelWhen.NOW.value)

    def act(self) -> Act:
        """Return what was asked for; the form is valid."""
        return Cancel(CancelWhen(self.when.data), reader_zone())


class PlanForm(ReasonForm):
    """To which plan."""

    plan = RadioField("Plan", choices=PLANS)

    def act(self) -> Act:
        """Return what was asked for; the form is valid."""
        return ChangePlan(Plan(self.plan.data))


class ResumeForm(ReasonForm):
    """That it goes on after all."""


def _day(when: datetime) -> str:
    return clock.to_local(when, reader_zone()).date().isoformat()
