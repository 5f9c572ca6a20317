"""Charts of the console's figures: data and texts for the script, and an SVG drawing for browsers without scripts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from features.figures.use_cases.see_figures import MONTHS
from subscriptions.bootstrap.drawing import Scale, Series, chart
from web.console.words import Words

MARKS: Final = 6
"""Maximum number of labels on a chart's axis."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Series of values in a panel, one value per position on the horizontal axis.

    name: name of the series. texts: the values, formatted. is_before: True for the values of the compared period.
    """

    name: str
    values: Sequence[int]
    texts: Sequence[str]
    is_before: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Part of a chart with its own vertical axis.

    series: title, axis and drawing of the panel. curves: values that the panel shows.
    """

    series: Series
    curves: Sequence[Curve]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Panels below each other with a common horizontal axis.

    slots: name of each position on the axis, such as a month. marks: label of each position, which may be empty
    """

    slots: Sequence[str]
    marks: Sequence[str]
    panels: Sequence[Panel]

    @property
    def title(self) -> str:
        """Return the titles of all panels, joined."""
        return " · ".join(panel.series.title for panel in self.panels)

    @property
    def curves(self) -> Sequence[Curve]:
        """Return the curves of all panels."""
        return [curve for panel in self.panels for curve in panel.curves]

    @property
    def svg(self) -> str:
        """Return the chart as SVG, which contains only numbers and escaped texts."""
        return chart([panel.series for panel in self.panels], self.marks, description=self.title)

    @property
    def data(self) -> Mapping[str, Any]:
        """Return the chart's data for the script that draws the chart in a browser."""
        return {"slots": self.slots, "marks": self.marks, "panels": [_described(each) for each in self.panels]}


def _described(panel: Panel) -> Mapping[str, Any]:
    series = panel.series
    return {
        "title": series.title,
        "kind": "bars" if series.bars else "line",
        "low": series.scale.low,
        "high": series.scale.high,
        "ticks": [[tick, series.label(tick)] for tick in series.scale.ticks],
        "curves": [
            {"name": each.name, "values": each.values, "texts": each.texts, "before": each.is_before}
            for each in panel.curves
        ],
    }


def panel_of(
    title: str,
    name: str,
    values: Sequence[int],
    text: Callable[[int], str],
    *,
    before: Curve | None = None,
    label: Callable[[int], str] | None = None,
    is_line: bool = False,
    high: int = 0,
) -> Panel:
    """Return a panel of whole numbers.

    name: name of the values. text: function that formats a value. before: values of the compared period. label:
    function
    that formats a value on the axis. high: minimum upper end of the axis.
    """
    old = before.values if before is not None else ()
    scale = Scale.for_values([*values, *old, high])
    series = Series(
        title,
        scale,
        label or text,
        bars=() if is_line else [(each,) for each in values],
        line=values if is_line else (),
        before=old,
    )
    return Panel(series=series, curves=with_before(curve(name, values, text), before))


def curve(name: str, values: Sequence[int], text: Callable[[int], str], *, is_before: bool = False) -> Curve:
    """Return a curve of the values, each with its formatted text. text: function that formats a value."""
    return Curve(name=name, values=values, texts=[text(each) for each in values], is_before=is_before)


def with_before(now: Curve, before: Curve | None) -> Sequence[Curve]:
    """Return the curve of the period and, if a period is compared, the curve of that period."""
    return [now] if before is None else [now, before]


def monthly(words: Words, months: Sequence[datetime], panels: Sequence[Panel]) -> Chart:
    """Return a chart with one position per month. If there is no room for every label, labels are left out, but never
    that of the newest month.
    """
    every = max(-(-len(months) // MARKS), 1)
    marks = [
        "" if (len(months) - 1 - index) % every else words.month(month, "MMM" if len(months) <= MONTHS else "MMM yy")
        for index, month in enumerate(months)
    ]
    return Chart(slots=[words.month(month, "MMM y") for month in months], marks=marks, panels=panels)
