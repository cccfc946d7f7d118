"""Days, weeks and months."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.periods import MOST_PERIODS, Span, Step, beginning, following

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(DAYS, DAYS, st.sampled_from(Step))
def test_periods_cover_the_span_without_a_gap(first: date, last: date, step: Step):
    span = Span.whole(first, last, step)
    periods = span.periods()
    assert periods[0] <= min(first, last)
    assert following(periods[-1], span.step) == span.until > max(first, last)
    assert [following(period, span.step) for period in periods[:-1]] == periods[1:]
    assert all(beginning(period, span.step) == period for period in periods)


@given(DAYS, DAYS)
def test_a_long_span_gets_longer_steps(first: date, last: date):
    periods = Span.whole(first, last, Step.DAY).periods()
    assert len(periods) <= max(MOST_PERIODS + 1, 12 * 101)


@pytest.mark.parametrize(
    ("step", "first"),
    [
        (Step.DAY, date(2026, 11, 25)),
        (Step.WEEK, date(2026, 11, 23)),
        (Step.MONTH, date(2026, 11, 1)),
    ],
)
def test_a_span_begins_with_its_first_period(step: Step, first: date):
    assert Span.whole(date(2026, 11, 25), date(2026, 11, 26), step).first == first


def test_a_span_ends_at_midnight():
    span = Span.whole(date(2026, 1, 31), date(2026, 2, 3), Step.MONTH)
    assert span.periods() == [date(2026, 1, 1), date(2026, 2, 1)]
    assert span.ends_at == datetime(2026, 3, 1, tzinfo=UTC)
