"""Which time a chart shows, read from the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask import request

from queries.lines import Split
from queries.periods import Span, Step, beginning, today

EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Preset:
    """A span that one click asks for."""

    label: str
    first: date
    last: date
    step: Step
    chosen: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A span, and what the parts of its bars stand for."""

    span: Span
    split: Split | None

    def kept(self) -> dict[str, str]:
        """Return what links to the same look carry."""
        values = {
            "from": self.span.first.isoformat(),
            "to": self.span.last.isoformat(),
            "step": self.span.step.value,
        }
        return values | ({"by": self.split.value} if self.split else {})


def asked_look() -> Look:
    """Read span and split; what makes no sense there is the last thirty days, unsplit."""
    args = request.args
    last = _date(args, "to") or today()
    first = _date(args, "from") or last - timedelta(days=29)
    step = Step(args["step"]) if args.get("step") in set(Step) else Step.DAY
    split = Split(args["by"]) if args.get("by") in set(Split) else None
    return Look(Span.whole(first, last, step), split)


def presets(look: Look) -> list[Preset]:
    """Return the spans that people want most, up to today."""
    last = today()
    year = (beginning(last, Step.MONTH) - timedelta(days=334)).replace(day=1)
    wanted = [
        ("30 days", last - timedelta(days=29), Step.DAY),
        ("90 days", last - timedelta(days=89), Step.DAY),
        ("12 months", year, Step.MONTH),
    ]
    return [
        Preset(label, first, last, step, look.span == Span.whole(first, last, step))
        for label, first, step in wanted
    ]


def _date(args: Mapping[str, str], name: str) -> date | None:
    """Return a date of the address within what calendars and this site can hold."""
    try:
        found = date.fromisoformat(args.get(name, ""))
    except ValueError:
        return None
    return min(max(found, EARLIEST), today())
