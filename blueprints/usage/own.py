"""A reader's own year: what they wrote, heard, had narrated and keep."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from flask import render_template
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.charting import Chart, Kind, Series, Unit, draw
from blueprints.exporting import stream_csv
from blueprints.usage.blueprint import bp
from blueprints.usage.calendar import calendar
from blueprints.usage.units import heard, stored, whole
from models.usage import STORED
from queries import own_usage as own_queries
from queries import totals as totals_queries
from queries.own_usage import DayUsed
from queries.periods import Span, Step, beginning, today
from services import plans, voice_choice

COLUMNS = ("day", "stories", "media", "characters", "seconds", "bytes")


class Voice(NamedTuple):
    """One that read to the reader."""

    name: str
    narrations: int
    characters: int
    share: float
    """Of the one that read most, up to 1."""


@bp.get("/own")
@login_required
def own() -> str:
    """Show an admin the page that readers find at the area's own address."""
    return own_page()


def own_page() -> str:
    """Show the last twelve months of whoever is signed in."""
    year = _year()
    days = own_queries.days_of(current_user.id, year)
    held = totals_queries.totals_of(current_user.id)
    return render_template(
        "usage/own.html",
        calendar=calendar([(day.day, day.quantity("played")) for day in days[-371:]]),
        charts=_charts(days, year, held.bytes),
        voices=_voices(year),
        totals=held,
        allowance=plans.allowance_of(current_user.id),
        days=days,
    )


@bp.get("/own.csv")
@login_required
def own_csv() -> Response:
    """Send the reader's own year, a row a day."""
    days = own_queries.days_of(current_user.id, _year())
    kept = _kept(days, totals_queries.totals_of(current_user.id).bytes)
    return stream_csv(
        "my-usage.csv",
        COLUMNS,
        (
            (
                day.day.isoformat(),
                day.events("story_created"),
                day.events("media_uploaded"),
                round(day.quantity("narrated")),
                round(day.quantity("played"), 1),
                round(held),
            )
            for day, held in zip(days, kept, strict=True)
        ),
    )


def _year() -> Span:
    """Return this month and the eleven before it."""
    last = today()
    first = (beginning(last, Step.MONTH) - timedelta(days=334)).replace(day=1)
    return Span(first, last)


def _charts(days: Sequence[DayUsed], year: Span, bytes_now: int) -> list[tuple[Chart, str]]:
    """Draw the months; each chart comes with what its figure counts."""
    periods = Span(year.first, year.last, Step.MONTH).periods()
    places = {period: place for place, period in enumerate(periods)}
    at = [places[beginning(day.day, Step.MONTH)] for day in days]

    def added(values: Sequence[float]) -> list[float]:
        months = [0.0] * len(periods)
        for place, value in zip(at, values, strict=True):
            months[place] += value
        return months

    def chart(name: str, title: str, values: list[float], kind: Kind, unit: Unit) -> Chart:
        return draw(name, title, kind, periods, Step.MONTH, [Series(title, values)], unit)

    kept = _kept(days, bytes_now)
    at_end = [0.0] * len(periods)
    for place, value in zip(at, kept, strict=True):
        at_end[place] = value
    listening = added([day.quantity("played") for day in days])
    stories = added([float(day.events("story_created")) for day in days])
    characters = added([day.quantity("narrated") for day in days])
    return [
        (
            chart("listening", "Listening", listening, Kind.BARS, heard(max(listening))),
            "in twelve months",
        ),
        (chart("stories", "Stories", stories, Kind.BARS, whole(0)), "written"),
        (chart("characters", "Characters", characters, Kind.BARS, whole(0)), "narrated"),
        (chart("storage", "Storage", at_end, Kind.AREA, stored(0)), "kept now"),
    ]


def _kept(days: Sequence[DayUsed], bytes_now: int) -> list[float]:
    """Return the bytes held at the end of each day, back from what is held now."""
    held, kept = float(bytes_now), []
    for day in reversed(days):
        kept.append(max(held, 0.0))
        held -= day.quantity(STORED)
    return kept[::-1]


def _voices(year: Span) -> list[Voice]:
    found = own_queries.top_voices(current_user.id, year.first)
    if not found:
        return []
    names = {info.id: info.label for info in voice_choice.list_voices()}
    most = max(found[0][2], 1.0)
    return [
        Voice(names.get(voice, voice), narrations, round(characters), characters / most)
        for voice, narrations, characters in found
    ]
