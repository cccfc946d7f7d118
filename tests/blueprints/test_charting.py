"""How numbers become charts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprints.charting import HEIGHT, Kind, Series, draw
from blueprints.usage.calendar import LEVELS, calendar
from blueprints.usage.units import heard, listened, short, stored, whole
from queries.periods import Span, Step

FIRST = date(2026, 3, 2)
AMOUNTS = st.lists(st.floats(0, 1e12), min_size=1, max_size=40)


def chart(*series: Series, kind: Kind = Kind.BARS, unit=None, step: Step = Step.DAY, total=None):
    periods = Span.days_until(
        FIRST + timedelta(days=len(series[0].values) - 1), len(series[0].values)
    )
    return draw("c", "Stories", kind, periods.periods(), step, series, unit or whole(0), total)


@given(AMOUNTS, st.data())
def test_whatever_the_numbers_everything_stays_within_the_plot(values, data):
    more = data.draw(st.lists(st.floats(0, 1e12), min_size=len(values), max_size=len(values)))
    for kind in Kind:
        drawn = chart(Series("a", values), Series("b", more), kind=kind)
        assert drawn.ticks[0][0] == HEIGHT
        assert drawn.ticks[-1][0] == 0
        assert 2 <= len(drawn.ticks) <= 6
        assert len(drawn.rows) == len(values)
        for bar in drawn.bars:
            assert bar.x >= 0 and bar.x + bar.width <= 100.01
            for part in bar.parts:
                assert part.y >= -1.6 and part.y + part.height <= HEIGHT + 0.01
        for label in drawn.labels:
            assert 0 <= label.x <= 100
        assert len(drawn.labels) <= 7


def test_parts_stand_upon_each_other_in_their_order():
    drawn = chart(Series("a", [10, 0], "free"), Series("b", [20, 40], "pro"))
    first, second = drawn.bars
    assert [part.shade for part in first.parts] == ["free", "pro"]
    assert first.parts[1].y + first.parts[1].height == pytest.approx(first.parts[0].y)
    assert [part.shade for part in second.parts] == ["pro"]
    assert second.parts[0].height == pytest.approx(HEIGHT)
    assert first.words == "Mon 2 Mar 2026: 30\na 10\nb 20"


def test_a_chart_says_itself():
    drawn = chart(Series("Stories", [1, 5, 0]))
    assert drawn.figure == "6"
    assert drawn.summary == (
        "Stories, Mon 2 Mar 2026 until Wed 4 Mar 2026: 6 in all, at most 5, Tue 3 Mar 2026."
    )
    assert drawn.head == ["Day", "Stories"]
    assert drawn.rows[0] == ["Wed 4 Mar 2026", "0"]
    held = chart(Series("Stories", [4, 5, 9]), kind=Kind.AREA)
    assert (held.figure, held.change) == ("9", "+5")
    assert held.summary.endswith("from 4 to 9.")
    assert chart(Series("a", [9, 4]), kind=Kind.AREA).change == "−5"
    assert chart(Series("a", [4, 4]), kind=Kind.AREA).change == "unchanged"


def test_nothing_is_said_too():
    drawn = chart(Series("Stories", [0, 0]))
    assert drawn.empty
    assert drawn.summary.endswith(": nothing.")


def test_several_series_have_their_sum_in_the_table():
    drawn = chart(Series("a", [1]), Series("b", [2]))
    assert (drawn.head, drawn.rows) == (
        ["Day", "a", "b", "Together"],
        [["Mon 2 Mar 2026", "1", "2", "3"]],
    )


@pytest.mark.parametrize(
    ("values", "unit", "words"),
    [
        ([7], whole, ["0", "2.5", "5", "7.5"]),
        ([3_000_000], whole, ["0", "1M", "2M", "3M"]),
        ([0], whole, ["0", "1"]),
        ([2], whole, ["0", "1", "2"]),
        ([5_400_000_000], stored, ["0 B", "2.0 GB", "4.0 GB", "6.0 GB"]),
        ([600], heard, ["0 min", "5 min", "10 min"]),
        ([8 * 3600], heard, ["0 h", "3 h", "6 h", "9 h"]),
    ],
)
def test_lines_across_are_round_numbers(values, unit, words):
    found = [text for _, text in chart(Series("a", values), unit=unit(max(values))).ticks]
    if values == [7]:
        assert all("." not in text for text in found), found
    elif values == [8 * 3600]:
        assert found[0] == "0 h" and len(found) in {3, 4, 5}
    else:
        assert found == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3599, "1 h"),
        (12_000, "3 h 20 min"),
        (3.6e6, "1,000 h"),
    ],
)
def test_a_time_reads_as_people_say_it(seconds, words):
    assert listened(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (950, "950"), (1500, "1.5k"), (2e6, "2M"), (3.4e9, "3.4B")]
)
def test_an_axis_is_short(value, words):
    assert short(value) == words


def test_a_year_of_days_has_a_cell_each_and_counts_days_in_a_row():
    first = date(2025, 12, 1)
    heard_on = {3, 4, 5, 100, 200, 201}
    year = calendar(
        [(first + timedelta(days=n), 600.0 * (n + 1) if n in heard_on else 0) for n in range(360)]
    )
    assert len(year.cells) == len({(cell.x, cell.y) for cell in year.cells}) == 360
    assert (year.days, year.streak) == (6, 3)
    assert max(cell.level for cell in year.cells) == LEVELS
    assert year.cells[3].level > 0 == year.cells[0].level
    assert year.cells[0].words == "Mon 1 Dec 2025: nothing"
    assert "6 of 360 days" in year.summary


def test_a_year_without_a_sound_is_a_map_all_the_same():
    year = calendar([(date(2026, 1, 1) + timedelta(days=n), 0.0) for n in range(30)])
    assert {cell.level for cell in year.cells} == {0}
    assert "none" in year.summary
