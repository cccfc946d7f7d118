"""Charts: numbers over time, laid out for an SVG that a template draws.

Places across are percentages, so that a chart is as wide as its column and its words keep their
size; places down are pixels of HEIGHT. Each chart also knows its table and how to say itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import floor, log10

from blueprints.period_words import name_of, short
from queries.periods import Step

HEIGHT = 168
"""Of the plot, in pixels."""
SHADES = 7
"""How many series have a colour of their own; classes are numbered from 1."""


class Kind(StrEnum):
    """How numbers are drawn."""

    BARS = "bars"
    """What happened in each period."""
    AREA = "area"
    """What was there at the end of each."""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart; `shade` names its class."""

    label: str
    values: Sequence[float]
    shade: str = "1"


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a bar."""

    shade: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """All pieces of one period; `x`, `width` and `left`, `slot` (what reacts) are percentages."""

    x: float
    width: float
    left: float
    slot: float
    parts: Sequence[Part]
    words: str


@dataclass(frozen=True, slots=True)
class Area:
    """One filled shape and its upper edge, in a view box of 100 by HEIGHT."""

    shade: str
    fill: str
    edge: str


@dataclass(frozen=True, slots=True)
class Label:
    """Words under the plot; a minor one may go where there is little room."""

    x: float
    anchor: str
    text: str
    minor: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """All that a template needs."""

    name: str
    title: str
    kind: Kind
    series: Sequence[Series]
    bars: Sequence[Bar]
    areas: Sequence[Area]
    ticks: Sequence[tuple[float, str]]
    """Heights of the lines across, in pixels from above, and their words."""
    labels: Sequence[Label]
    figure: str
    """The number that says it all: the sum of bars, the end of an area."""
    change: str
    summary: str
    """What somebody is told who can't see it."""
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def height(self) -> int:
        """Return the plot's height in pixels."""
        return HEIGHT

    @property
    def empty(self) -> bool:
        """Say whether there is nothing to see."""
        return not any(any(one.values) for one in self.series)


Format = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Unit:
    """How a chart's numbers read, and in what steps its lines across go.

    `scale` is what one of the unit on the axis is in the numbers: 3600 where seconds are
    counted and hours are told.
    """

    words: Format
    axis: Format
    whole: bool = True
    scale: float = 1.0


def draw(
    name: str,
    title: str,
    kind: Kind,
    periods: Sequence[date],
    step: Step,
    series: Sequence[Series],
    unit: Unit,
    total: float | None = None,
    together: Sequence[float] | None = None,
) -> Chart:
    """Lay out a chart; series are stacked in their order, the first at the bottom.

    Where things don't add up, as people who come in several periods or parts don't, `total` is
    the figure of all periods and `together` that of all parts in each.
    """
    sums = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    sums = sums or [0.0] * len(periods)
    top, lines = _scale(max(sums, default=0.0), unit)
    sums = list(together or sums)
    names = [name_of(period, step) for period in periods]
    figure = total if total is not None else sum(sums) if kind is Kind.BARS else sums[-1]
    said = _summary(title, kind, names, sums, figure, unit)
    return Chart(
        name=name,
        title=title,
        kind=kind,
        series=series,
        bars=_bars(names, series, sums, top, unit, drawn=kind is Kind.BARS),
        areas=_areas(series, top) if kind is Kind.AREA else (),
        ticks=[(_down(line, top), unit.axis(line)) for line in lines],
        labels=_labels(periods, step),
        figure=unit.words(figure),
        change=_change(sums, unit) if kind is Kind.AREA else "",
        summary=said,
        head=_head(step, series),
        rows=[
            [name, *(unit.words(one.values[place]) for one in series)]
            + ([unit.words(sums[place])] if len(series) > 1 else [])
            for place, name in reversed(list(enumerate(names)))
        ],
    )


def _scale(most: float, unit: Unit) -> tuple[float, list[float]]:
    """Return the top of the plot and the lines across: three or four round numbers from zero."""
    wanted = max(most / unit.scale, 1.0 if unit.whole else 1e-9)
    rough = wanted / 3
    size: float = 10 ** floor(log10(rough))
    stride = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    if unit.whole:
        stride = max(1.0, float(round(stride)))
    count = 1
    while stride * count < wanted * 0.9999:
        count += 1
    lines = [stride * number * unit.scale for number in range(count + 1)]
    return lines[-1], lines


def _down(value: float, top: float) -> float:
    return round(HEIGHT - HEIGHT * value / top, 2)


def _bars(
    names: Sequence[str],
    series: Sequence[Series],
    sums: Sequence[float],
    top: float,
    unit: Unit,
    *,
    drawn: bool,
) -> list[Bar]:
    slot = 100 / max(1, len(names))
    width = slot * (0.72 if len(names) <= 62 else 0.86)
    bars = []
    for place, name in enumerate(names):
        parts, under = [], 0.0
        for one in series if drawn else ():
            value = one.values[place]
            if value > 0:
                height = max(HEIGHT * value / top, 0.75)
                parts.append(Part(one.shade, round(HEIGHT - under - height, 2), round(height, 2)))
                under += height
        words = f"{name}: {unit.words(sums[place])}"
        if len(series) > 1:
            shown = (f"{s.label} {unit.words(s.values[place])}" for s in series if s.values[place])
            words = "\n".join([words, *shown])
        left = slot * place
        x = left + (slot - width) / 2
        bars.append(Bar(round(x, 3), round(width, 3), round(left, 3), round(slot, 3), parts, words))
    return bars


def _areas(series: Sequence[Series], top: float) -> list[Area]:
    """Return shapes one upon the other; a period is a point in the middle of its slot."""
    count = max((len(one.values) for one in series), default=0)
    under, areas = [0.0] * count, []
    for one in series:
        upper = [below + value for below, value in zip(under, one.values, strict=True)]
        edge = _edge(upper, top)
        back = " ".join(reversed(_edge(under, top).split(" ")))
        areas.append(
            Area(
                one.shade,
                f"M{edge.replace(' ', 'L')}L{back.replace(' ', 'L')}Z",
                f"M{edge.replace(' ', 'L')}",
            )
        )
        under = upper
    return areas


def _edge(heights: Sequence[float], top: float) -> str:
    slot = 100 / max(1, len(heights))
    points = [
        f"{round(slot * (place + 0.5), 2)},{_down(height, top)}"
        for place, height in enumerate(heights)
    ]
    return " ".join([f"0,{_down(heights[0], top)}", *points, f"100,{_down(heights[-1], top)}"])


def _labels(periods: Sequence[date], step: Step) -> list[Label]:
    """Name some periods: at most seven, of which every other is minor."""
    count = len(periods)
    slot = 100 / max(1, count)
    stride = max(1, -(-count // 6))
    chosen = range((count - 1) % stride, count, stride)
    labels = []
    for number, place in enumerate(reversed(chosen)):
        x = round(slot * (place + 0.5), 2)
        anchor = "end" if x > 94 else "start" if x < 6 else "middle"
        x = 100.0 if anchor == "end" else 0.0 if anchor == "start" else x
        labels.append(Label(x, anchor, short(periods[place], step), number % 2 == 1))
    return labels


def _head(step: Step, series: Sequence[Series]) -> list[str]:
    labels = [one.label for one in series]
    return [step.value.capitalize(), *labels, *(["Together"] if len(series) > 1 else [])]


def _change(sums: Sequence[float], unit: Unit) -> str:
    gained = sums[-1] - sums[0] if sums else 0.0
    if not gained:
        return "unchanged"
    return f"{'+' if gained > 0 else '−'}{unit.words(abs(gained))}"


def _summary(
    title: str, kind: Kind, names: Sequence[str], sums: Sequence[float], figure: float, unit: Unit
) -> str:
    if not names:
        return f"{title}: no time is chosen."
    when = f"{names[0]} until {names[-1]}" if len(names) > 1 else names[0]
    if not any(sums):
        return f"{title}, {when}: nothing."
    if kind is Kind.AREA:
        return f"{title}, {when}: from {unit.words(sums[0])} to {unit.words(sums[-1])}."
    most = max(range(len(sums)), key=lambda place: sums[place])
    peak = f"at most {unit.words(sums[most])}, {names[most]}"
    return f"{title}, {when}: {unit.words(figure)} in all, {peak}."
