"""How the site grows: charts of everybody's usage, with a table and a file behind each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import abort, render_template
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.access import admin_required
from blueprints.charting import SHADES, Chart, Kind, Series, Unit, draw
from blueprints.exporting import stream_csv
from blueprints.usage.blueprint import bp
from blueprints.usage.spans import Look, asked_look, presets
from blueprints.usage.units import heard, stored, whole
from extensions import db
from queries import growth as growth_queries
from queries import usage as usage_queries
from queries.lines import Line, Measure, Split
from queries.periods import Span
from services import audit, voice_choice

PLANS = {"none": "No plan", "free": "Free", "pro": "Pro", "enterprise": "Enterprise"}

Read = Callable[[Span, Split | None], list[Line]]


@dataclass(frozen=True, slots=True)
class Growth:
    """One chart: what it reads, and how that is drawn and told."""

    title: str
    note: str
    kind: Kind
    read: Read
    unit: Callable[[float], Unit] = whole
    """The unit of values up to the greatest."""
    splits: Sequence[Split] = (Split.PLAN,)
    split_note: str = ""
    """What is to be known of its parts."""
    column: str = ""
    """Its name in a file, where it isn't the chart's."""


def _used(action: str, measure: Measure = Measure.EVENTS) -> Read:
    return lambda span, split: usage_queries.used(span, action, measure, split)


CHARTS = {
    "people": Growth("People", "with an account", Kind.AREA, growth_queries.people),
    "listeners": Growth(
        "Active listeners",
        "who played something",
        Kind.BARS,
        _used("played", Measure.PEOPLE),
        split_note="; who changes plan is in both",
    ),
    "stories": Growth("Stories", "written", Kind.BARS, _used("story_created")),
    "characters": Growth(
        "Characters",
        "narrated",
        Kind.BARS,
        _used("narrated", Measure.QUANTITY),
        splits=(Split.PLAN, Split.VOICE),
    ),
    "listening": Growth(
        "Listening",
        "heard",
        Kind.BARS,
        _used("played", Measure.QUANTITY),
        heard,
        column="seconds",
    ),
    "storage": Growth(
        "Storage",
        "held",
        Kind.AREA,
        growth_queries.stored,
        stored,
        split_note=", by the plan of today",
        column="bytes",
    ),
}


@bp.get("/charts")
@admin_required
def charts() -> str:
    """Show how everything grows in the asked time."""
    look = asked_look()
    return render_template(
        "usage/charts.html",
        look=look,
        presets=presets(look),
        charts=[(_drawn(name, look), growth) for name, growth in CHARTS.items()],
    )


@bp.get("/charts/<name>.csv")
@admin_required
def chart_csv(name: str) -> Response:
    """Send the numbers behind a chart, one row a period and part."""
    growth = CHARTS.get(name) or abort(404)
    look = asked_look()
    split = _split(growth, look)
    lines = growth.read(look.span, split) or [Line("", [0.0] * len(look.span.periods()))]
    audit.record(
        "usage.exported",
        actor=audit.Person(current_user.id, current_user.email),
        object_type="usage",
        after={"file": f"{name}.csv"} | look.kept(),
    )
    db.session.commit()
    step, value = look.span.step.value, growth.column or name
    periods = look.span.periods()
    return stream_csv(
        f"{name}.csv",
        [step, split.value, value] if split else [step, value],
        (
            [period.isoformat(), *([line.key] if split else []), _plain(line.values[place])]
            for place, period in enumerate(periods)
            for line in lines
        ),
    )


def _drawn(name: str, look: Look) -> Chart:
    growth = CHARTS[name]
    split = _split(growth, look)
    lines = growth.read(look.span, split)
    periods = look.span.periods()
    total = together = None
    if name == "listeners":
        # Somebody who comes every day, or changes plan, is one person: they don't add up.
        total = usage_queries.people_who(look.span, "played")
        together = next((line.values for line in growth.read(look.span, None)), None)
    series = _series(lines, split, growth.title) or [Series(growth.title, [0.0] * len(periods))]
    unit = growth.unit(max(sum(values) for values in zip(*(s.values for s in series), strict=True)))
    step = look.span.step
    return draw(name, growth.title, growth.kind, periods, step, series, unit, total, together)


def _split(growth: Growth, look: Look) -> Split | None:
    return look.split if look.split in growth.splits else None


def _series(lines: Sequence[Line], split: Split | None, title: str) -> list[Series]:
    """Give parts their names and colours: plans their own, voices by how much they read."""
    if split is Split.PLAN:
        known = {line.key: line.values for line in lines}
        return [Series(words, known[key], key) for key, words in PLANS.items() if key in known]
    if split is not Split.VOICE:
        return [Series(title, line.values) for line in lines]
    names = {info.id: info.label for info in voice_choice.list_voices()}
    ranked = sorted(lines, key=lambda line: -sum(line.values))
    shown, others = ranked[: SHADES - 1], ranked[SHADES - 1 :]
    series = [
        Series(names.get(line.key, line.key) or "Unknown voice", line.values, str(number))
        for number, line in enumerate(shown, 1)
    ]
    if others:
        added = [sum(values) for values in zip(*(line.values for line in others), strict=True)]
        series.append(Series(f"{len(others)} others", added, str(SHADES)))
    return series


def _plain(value: float) -> float | int:
    """Return a whole number where it is one."""
    return int(value) if value == int(value) else round(value, 3)
