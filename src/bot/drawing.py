"""Draws the numbers of some days in memory; imported by `bot.charts` alone, when the first picture is wanted.

What stands where is reckoned here, in the units of a phone 390 wide; what it looks like is in `templates/numbers.svg`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.scale import Scale
from bot.texts import Texts
from subscriptions.bootstrap.drawing import rendered
from subscriptions.domain.money import Money, exponent
from subscriptions.domain.ports.repositories.views import DayNumbers

_HERE: Final = Path(__file__).parent
_ACCENT: Final = "#0f766e"
_QUIET: Final = "#64748b"
_WIDTH: Final = 390
_SHARPNESS: Final = 3
"""Pixels for each unit: as a phone's screen has them."""
_EDGE: Final = 12
_PANEL: Final = 116
_PLOT: Final = (32, 100)
"""Where in a panel the highest and the lowest value stand."""
_FIGURE: Final = 7.9
"""How wide a figure of the font is at the size of the labels."""
_BAR: Final = 0.7
"""How much of its day a bar fills, where days are not so few that it would be wider than:"""
_WIDEST: Final = 24
_DATES: Final = 5

_templates: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True, slots=True)
class _Series:
    """One panel before it has a place. bars: values upwards or downwards from zero, or else `line`."""

    title: str
    scale: Scale
    label: Callable[[int], str]
    bars: Sequence[tuple[int, ...]] = ()
    line: Sequence[int] = ()


def draw(t: Texts, days: Sequence[DayNumbers]) -> bytes:
    """The picture of these days as a PNG."""
    return rendered(svg_of(t, days), _SHARPNESS)


def svg_of(t: Texts, days: Sequence[DayNumbers]) -> str:
    """The same as an SVG: who is active, who came and left, what was earned in each currency."""
    currencies = sorted({money.currency for each in days for money in each.earned})
    series = [_active(t, days), _moves(t, days), *(_earned(t, days, currency) for currency in currencies)]
    longest = max(len(each.label(tick)) for each in series for tick in each.scale.ticks)
    left, right = round(_EDGE + 8 + longest * _FIGURE), _WIDTH - 2 * _EDGE
    places = [left + (right - left) * (place + 0.5) / len(days) for place in range(len(days))]
    return _templates.get_template("numbers.svg").render(
        width=_WIDTH,
        height=_PANEL * len(series) + 3 * _EDGE,
        edge=_EDGE,
        left=left,
        right=right,
        accent=_ACCENT,
        quiet=_QUIET,
        panels=[_panel(each, number, places, (right - left) / max(len(days), 1)) for number, each in enumerate(series)],
        dates=_dates(t, days, places),
    )


def _active(t: Texts, days: Sequence[DayNumbers]) -> _Series:
    heights = [each.active for each in days]
    title = t.plain("numbers.chart.active", n=heights[-1] if heights else 0)
    return _Series(title, Scale.over(heights), str, line=heights)


def _moves(t: Texts, days: Sequence[DayNumbers]) -> _Series:
    new, lost = [each.new for each in days], [each.lost for each in days]
    title = t.plain("numbers.chart.moves", new=sum(new), lost=sum(lost))
    scale = Scale.over([*new, *(-each for each in lost)])
    return _Series(title, scale, lambda tick: str(abs(tick)), bars=[(each.new, -each.lost) for each in days])


def _earned(t: Texts, days: Sequence[DayNumbers], currency: str) -> _Series:
    minor = [sum(money.minor for money in each.earned if money.currency == currency) for each in days]
    whole = 10 ** exponent(currency)
    # The font has no star.
    total = str(Money(sum(minor), currency)).replace("⭐", currency)
    scale = Scale.over(minor, least=whole)

    def label(tick: int) -> str:
        """With its symbol where it has one; other units are named in the title."""
        written = str(Money(tick, currency)).partition(" ")[0]
        return written if scale.step % whole else written.replace("." + "0" * exponent(currency), "")

    title = t.plain("numbers.chart.earned", currency=currency, total=total)
    return _Series(title, scale, label, bars=[(each,) for each in minor])


def _panel(series: _Series, number: int, places: Sequence[float], slot: float) -> dict[str, object]:
    top, bottom = _PLOT
    width = min(slot * _BAR, _WIDEST)

    def y(value: int) -> float:
        return round(top + (bottom - top) * series.scale.share(value), 2)

    zero = y(0)
    line = [(round(x, 2), y(value)) for x, value in zip(places, series.line, strict=False)]
    bars = [
        {"x": round(x - width / 2, 2), "y": min(y(value), zero), "height": abs(y(value) - zero), "below": value < 0}
        for x, values in zip(places, series.bars, strict=False)
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
    }


def _dates(t: Texts, days: Sequence[DayNumbers], places: Sequence[float]) -> list[dict[str, object]]:
    every = max(len(days) // _DATES, 1)
    # Counted from today, which is always named.
    return [
        {"x": f"{x:.2f}", "label": format_datetime(each.day, "d MMM", tzinfo=t.zone, locale=t.locale)}
        for place, (each, x) in enumerate(zip(days, places, strict=True))
        if (len(days) - 1 - place) % every == 0
    ]
