"""Drawing of the statistics chart. Only `pictures` imports this module, and only when the first picture is needed."""

from collections.abc import Sequence
from typing import Final

from babel.dates import format_datetime

from bot.texts import Texts
from subscriptions.bootstrap.drawing import (
    Scale,
    Series,
    chart,
    of_money,
    render_png,
)
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import DayNumbers

_SHARPNESS: Final = 3
"""Number of pixels per unit of the drawing, to suit the resolution of a phone's screen."""
_DATES: Final = 5


def draw(t: Texts, days: Sequence[DayNumbers]) -> bytes:
    """Return a chart of these days as PNG."""
    return render_png(svg_of(t, days), _SHARPNESS)


def svg_of(t: Texts, days: Sequence[DayNumbers]) -> str:
    """Return a chart of the days as SVG: active customers, customers who joined and left, and revenue by currency."""
    currencies = sorted({money.currency for each in days for money in each.revenue})
    series = [_active(t, days), _moves(t, days), *(_earnings(t, days, currency) for currency in currencies)]
    return chart(series, _dates(t, days))


def _active(t: Texts, days: Sequence[DayNumbers]) -> Series:
    heights = [each.active for each in days]
    title = t.plain("numbers.chart.active", n=heights[-1] if heights else 0)
    return Series(title, Scale.for_values(heights), line=heights)


def _moves(t: Texts, days: Sequence[DayNumbers]) -> Series:
    new, losses = [each.new for each in days], [each.churn for each in days]
    title = t.plain("numbers.chart.moves", new=sum(new), lost=sum(losses))
    scale = Scale.for_values([*new, *(-each for each in losses)])
    return Series(title, scale, lambda tick: str(abs(tick)), bars=[(each.new, -each.churn) for each in days])


def _earnings(t: Texts, days: Sequence[DayNumbers], currency: str) -> Series:
    minor = [sum(money.minor for money in each.revenue if money.currency == currency) for each in days]
    # The font has no star character.
    total = t.money(Money(sum(minor), currency)).replace("⭐", currency)
    title = t.plain("numbers.chart.earned", currency=currency, total=total)
    return of_money(title, currency, t.language, bars=[(each,) for each in minor])


def _dates(t: Texts, days: Sequence[DayNumbers]) -> list[str]:
    every = max(len(days) // _DATES, 1)
    # Count back from today, so that today always has a label.
    return [
        "" if (len(days) - 1 - index) % every else format_datetime(each.day, "d MMM", tzinfo=t.zone, locale=t.locale)
        for index, each in enumerate(days)
    ]
