"""The small chart of the front page."""

from uuid import UUID

from blueprints.charting import Chart, Kind, Series, draw
from blueprints.usage.units import heard, whole
from queries.own_usage import days_of
from queries.periods import Span, Step, today

DAYS = 14


def two_weeks(user_id: UUID) -> Chart | None:
    """Draw what a reader heard lately, or else wrote; None when they did neither."""
    days = days_of(user_id, Span.days_until(today(), DAYS))
    periods = [day.day for day in days]
    seconds = [day.quantity("played") for day in days]
    if any(seconds):
        series, unit = Series("Listened", seconds), heard(max(seconds))
    else:
        series = Series("Stories written", [float(day.events("story_created")) for day in days])
        unit = whole(0)
    chart = draw("lately", series.label, Kind.BARS, periods, Step.DAY, [series], unit)
    return None if chart.empty else chart
