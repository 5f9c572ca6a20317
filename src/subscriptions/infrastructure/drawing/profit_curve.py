"""Profit of a tip record as a curve over months, for the record's page and picture."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final

from babel.dates import format_date

from subscriptions.application.dto.languages import locale_of
from subscriptions.application.views.amounts import format_number
from subscriptions.infrastructure.drawing.scale import Scale

POINTS: Final = 120
"""Maximum number of points besides the extremes. A curve with more points would look the same."""
SPANS: Final = 12
"""Maximum number of spans on the axis. For a longer record, each span covers several months."""
_HUNDREDTHS: Final = 100
"""Number of steps of the axis per unit of profit."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Horizontal grid line. `y`: distance from the top, as a fraction of the plot's height."""

    y: float
    label: str
    is_zero: bool


@dataclass(frozen=True, slots=True)
class Span:
    """One or more months that share a label on the axis.

    x, width: position and width as fractions of the plot's width
    mark: label on the axis, such as `mar`, with the year in the first month of a year
    month: last month of the span with its year, such as `mar 2026`
    profit: profit at the end of the last month
    y: position of `profit`, as a fraction of the plot's height
    """

    x: float
    width: float
    mark: str
    month: str
    profit: Fraction
    y: float


@dataclass(frozen=True, slots=True)
class ProfitCurve:
    """Curve with positions as fractions of the plot's width and height: x from the left, y from the top. `zero`:
    position of the zero line.
    """

    points: Sequence[tuple[float, float]]
    zero: float
    ticks: Sequence[Tick]
    spans: Sequence[Span]

    def line(self, width: int, height: int) -> str:
        """Return the points of the line for a plot of this size, as text for SVG."""
        return " ".join(f"{width * x:.0f},{height * y:.0f}" for x, y in self.points)


def profit_curve(curve: Sequence[Fraction], months: Mapping[str, int], language: str) -> ProfitCurve | None:
    """Return the curve, or None for fewer than two tips. All months have the same width, and the tips of a month are
    evenly spaced.

    curve: profit after each tip
    months: number of counted tips keyed by month (`2026-03`), in ascending order; if empty, the axis has no labels
    """
    if len(curve) < 2:
        return None
    scale = Scale.for_values([_hundredths(each) for each in curve], least=_HUNDREDTHS)
    counts = [months.get(each, 0) for each in _all_months(months)]
    if sum(counts) != len(curve):
        counts = [len(curve)]
        months = {}
    vertices = _vertices(curve, counts)
    return ProfitCurve(
        points=[(x, _share(scale, profit)) for x, profit in _thinned(vertices)],
        zero=scale.share(0),
        ticks=[Tick(scale.share(tick), _label(tick, language), not tick) for tick in scale.ticks],
        spans=_spans(_all_months(months), counts, curve, scale, language),
    )


def _all_months(months: Mapping[str, int]) -> Sequence[str]:
    """Return all months from the first to the last, including months without tips."""
    if not months:
        return []
    first, last = (int(each[:4]) * 12 + int(each[5:]) - 1 for each in (min(months), max(months)))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1)]


def _vertices(curve: Sequence[Fraction], counts: Sequence[int]) -> Sequence[tuple[float, Fraction]]:
    """Return the points of the curve from its origin. The curve is level in a month without tips."""
    vertices, profits = [(0.0, Fraction(0))], iter(curve)
    for month, count in enumerate(counts):
        own = [((month + (index + 1) / count) / len(counts), next(profits)) for index in range(count)]
        vertices += own or [((month + 1) / len(counts), vertices[-1][1])]
    return vertices


def _thinned(vertices: Sequence[tuple[float, Fraction]]) -> Sequence[tuple[float, Fraction]]:
    step = max(1, len(vertices) // POINTS)
    profits = [profit for _, profit in vertices]
    kept = {0, len(vertices) - 1, profits.index(min(profits)), profits.index(max(profits))}
    return [each for index, each in enumerate(vertices) if not index % step or index in kept]


def _spans(
    months: Sequence[str], counts: Sequence[int], curve: Sequence[Fraction], scale: Scale, language: str
) -> Sequence[Span]:
    step = -(-len(months) // SPANS) or 1
    totals = list(accumulate(counts))
    spans, year = [], 0
    for first, end in pairwise(_bounds(len(months), step)):
        day = date(int(months[end - 1][:4]), int(months[end - 1][5:]), 1)
        pattern = "LLL" if day.year == year else "LLL yy"
        year = day.year
        profit = curve[totals[end - 1] - 1] if totals[end - 1] else Fraction(0)
        spans.append(
            Span(
                x=first / len(months),
                width=(end - first) / len(months),
                mark=format_date(day, pattern, locale=locale_of(language)),
                month=format_date(day, "LLL y", locale=locale_of(language)),
                profit=profit,
                y=_share(scale, profit),
            )
        )
    return spans


def _bounds(months: int, step: int) -> Iterator[int]:
    """Yield the bounds of the spans. Only the first span may be shorter, because the last label must be the newest
    month.
    """
    yield 0
    yield from range(months % step or step, months + 1, step)


def _share(scale: Scale, profit: Fraction) -> float:
    return scale.share(_hundredths(profit))


def _hundredths(profit: Fraction) -> int:
    return round(profit * _HUNDREDTHS)


def _label(tick: int, language: str) -> str:
    number = Decimal(tick) / _HUNDREDTHS
    return format_number(number, language)
