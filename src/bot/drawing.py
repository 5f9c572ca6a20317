"""Draws the numbers of some days in memory; imported by `bot.charts` alone, when the first picture is wanted."""

import io
from collections.abc import Callable, Sequence
from typing import Final

from babel.dates import format_datetime
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.formats import ZONE
from bot.texts import Texts
from subscriptions.domain.money import Money, exponent
from subscriptions.domain.ports.numbers import DayNumbers

ACCENT: Final = "#0f766e"
INK: Final = "#17212b"
QUIET: Final = "#64748b"
LOST: Final = "#b45309"
GRID: Final = "#e2e8f0"
WIDTH: Final = 6.5
PANEL: Final = 1.9
"""Inches; with DPI the picture is as wide as a phone's screen is sharp."""
DPI: Final = 180
_LABELS: Final = 5


def draw(t: Texts, days: Sequence[DayNumbers]) -> bytes:
    """A PNG. The object interface is used alone: pyplot keeps state for the whole process and is not for threads."""
    currencies = sorted({money.currency for each in days for money in each.earned})
    panels: list[Callable[[Axes], None]] = [lambda axes: _active(t, axes, days), lambda axes: _moves(t, axes, days)]
    panels += [_earning(t, days, currency) for currency in currencies]
    figure = Figure(figsize=(WIDTH, PANEL * len(panels)), dpi=DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    for axes, panel in zip(figure.subplots(len(panels), 1, sharex=True), panels, strict=True):
        _plain(axes)
        panel(axes)
    _dates(t, figure.axes[-1], days)
    made = io.BytesIO()
    figure.savefig(made, format="png")
    return made.getvalue()


def _active(t: Texts, axes: Axes, days: Sequence[DayNumbers]) -> None:
    heights = [each.active for each in days]
    axes.plot(range(len(days)), heights, color=ACCENT, linewidth=2)
    axes.fill_between(range(len(days)), heights, color=ACCENT, alpha=0.12, linewidth=0)
    axes.set_ylim(0, max(heights, default=0) * 1.15 or 1)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    _title(axes, t.plain("numbers.chart.active", n=heights[-1] if heights else 0))


def _moves(t: Texts, axes: Axes, days: Sequence[DayNumbers]) -> None:
    new, lost = [each.new for each in days], [-each.lost for each in days]
    axes.bar(range(len(days)), new, color=ACCENT, width=0.7)
    axes.bar(range(len(days)), lost, color=LOST, width=0.7)
    most = max(*new, *(-each for each in lost), 1)
    axes.set_ylim(-most * 1.2, most * 1.2)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda height, _: f"{abs(height):.0f}"))
    _title(axes, t.plain("numbers.chart.moves", new=sum(new), lost=-sum(lost)))


def _earning(t: Texts, days: Sequence[DayNumbers], currency: str) -> Callable[[Axes], None]:
    def panel(axes: Axes) -> None:
        minor = [sum(money.minor for money in each.earned if money.currency == currency) for each in days]
        whole = 10 ** exponent(currency)
        colours = [ACCENT if each >= 0 else LOST for each in minor]
        axes.bar(range(len(days)), [each / whole for each in minor], color=colours, width=0.7)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        _title(axes, t.plain("numbers.chart.earned", currency=currency, total=Money(sum(minor), currency)))

    return panel


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=10, color=INK, pad=6)


def _plain(axes: Axes) -> None:
    """A zero line, faint lines behind, no frame."""
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, labelsize=8, colors=QUIET)


def _dates(t: Texts, axes: Axes, days: Sequence[DayNumbers]) -> None:
    every = max(len(days) // _LABELS, 1)
    # Counted from today, which is always named.
    shown = [place for place in range(len(days)) if (len(days) - 1 - place) % every == 0]
    labels = [format_datetime(days[place].day, "d MMM", tzinfo=ZONE, locale=t.language) for place in shown]
    axes.set_xticks(shown, labels)
    axes.set_xlim(-0.7, len(days) - 0.3)
