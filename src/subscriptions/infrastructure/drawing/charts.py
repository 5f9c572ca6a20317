"""Charts as SVG, for pictures in the chat and for pages of the console.

This module calculates positions for a width of 390 units, which is a phone's width. `chart.svg` defines the appearance;
a page's stylesheet can override its colors by class.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from subscriptions.application.views.amounts import on_axis, with_minus
from subscriptions.domain.money import Money, exponent
from subscriptions.infrastructure.drawing.scale import Scale
from subscriptions.infrastructure.drawing.templates import TEMPLATES

ACCENT: Final = "#0f766e"
QUIET: Final = "#64748b"
WIDTH: Final = 390
_EDGE: Final = 12
_PANEL: Final = 116
_PLOT: Final = (32, 100)
"""Vertical positions of the highest and the lowest value in a panel."""
_FIGURE: Final = 7.9
"""Width of a digit at the font size of the labels."""
_BAR: Final = 0.7
"""Fraction of a slot's width that a bar fills. A bar is never wider than `_WIDEST`."""
_WIDEST: Final = 24


def _whole_number(tick: int) -> str:
    return with_minus(str(tick))


@dataclass(frozen=True, slots=True)
class Series:
    """Data of one panel of a chart.

    label: function that returns the label of a value on the axis
    bars: values above or below zero for each slot
    line: values of a line for each slot, instead of bars
    before: values of the previous period for each slot, as a dashed line
    """

    title: str
    scale: Scale
    label: Callable[[int], str] = _whole_number
    bars: Sequence[tuple[int, ...]] = ()
    line: Sequence[int] = ()
    before: Sequence[int] = ()


def of_money(
    title: str,
    currency: str,
    language: str,
    *,
    bars: Sequence[tuple[int, ...]] = (),
    line: Sequence[int] = (),
    before: Sequence[int] = (),
) -> Series:
    """Create a panel of amounts in minor units, with labels in the reader's language. If the amounts are large enough,
    the axis has whole units of the currency.
    """
    whole = 10 ** exponent(currency)
    scale = Scale.for_values([*line, *before, *(value for values in bars for value in values)], least=whole)

    def label(tick: int) -> str:
        return on_axis(Money(tick, currency), language, whole=not scale.step % whole)

    return Series(title, scale, label, bars=bars, line=line, before=before)


def chart(series: Sequence[Series], marks: Sequence[str], description: str = "") -> str:
    """Render a chart as panels, one below the other, with the same slots.

    marks: label below each slot; an empty label is not shown
    description: alternative text for screen readers
    """
    longest = max(len(each.label(tick)) for each in series for tick in each.scale.ticks)
    x_start, right = round(_EDGE + 8 + longest * _FIGURE), WIDTH - 2 * _EDGE
    centres = [x_start + (right - x_start) * (index + 0.5) / len(marks) for index in range(len(marks))]
    return TEMPLATES.get_template("chart.svg").render(
        width=WIDTH,
        height=_PANEL * len(series) + 3 * _EDGE,
        edge=_EDGE,
        left=x_start,
        right=right,
        accent=ACCENT,
        quiet=QUIET,
        about=description,
        panels=[
            _panel(each, number, centres, (right - x_start) / max(len(marks), 1)) for number, each in enumerate(series)
        ],
        marks=_marks([(x, mark) for x, mark in zip(centres, marks, strict=True) if mark]),
    )


def _marks(marks: Sequence[tuple[float, str]]) -> Sequence[dict[str, str]]:
    """Return the labels, each shortened so that it does not overlap the next one."""
    room = min((after[0] - before[0] for before, after in pairwise(marks)), default=WIDTH)
    most = max(int(room / _FIGURE), 2)
    return [{"x": f"{x:.2f}", "label": mark if len(mark) <= most else f"{mark[: most - 1]}…"} for x, mark in marks]


def _panel(series: Series, number: int, centres: Sequence[float], slot: float) -> dict[str, object]:
    top, bottom = _PLOT
    width = min(slot * _BAR, _WIDEST)

    def y(value: int) -> float:
        return round(top + (bottom - top) * series.scale.share(value), 2)

    zero = y(0)
    line = [(round(x, 2), y(value)) for x, value in zip(centres, series.line, strict=False)]
    before = [(round(x, 2), y(value)) for x, value in zip(centres, series.before, strict=False)]
    bars = [
        {"x": round(x - width / 2, 2), "y": min(y(value), zero), "height": abs(y(value) - zero), "below": value < 0}
        for x, values in zip(centres, series.bars, strict=False)
        for value in values
        if value
    ]
    return {
        "top": number * _PANEL + _EDGE,
        "title": series.title,
        "ticks": [{"y": y(tick), "label": series.label(tick), "zero": not tick} for tick in series.scale.ticks],
        "zero": zero,
        "bars": bars,
        "bar_width": round(width, 2),
        "line": line,
        "before": before,
    }
