"""Data of a tip record for its public page: formatted figures and timestamps, and the curve."""

from collections.abc import Sequence
from fractions import Fraction
from string import Template
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from subscriptions.application.dto.languages import locale_of
from subscriptions.application.record.read_record import PublishedTip, RecordView
from subscriptions.application.record.tip_text import leg_lines, template_of
from subscriptions.application.views.amounts import percent, with_minus
from subscriptions.application.views.places import place_of
from subscriptions.bootstrap.drawing import curve_points
from subscriptions.domain.entities.tip import plain, written_odds
from subscriptions.domain.services.record_figures import Figures, fixed_digits

WIDTH: Final = 600
HEIGHT: Final = 160
FEW: Final = 100
"""Number of settled tips below which the page states that they prove little."""
MONTHS: Final = 12
PICTURE_FIGURES: Final = ("settled", "profit", "yield", "hit_rate")
"""Figures shown in the record's picture."""


def shown_record(view: RecordView, language: str, page: int, path: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return the template's data. path: of this page. zone: the shop's time zone."""
    figures, months = view.figures, list(view.breakdowns.get("month", {}).items())
    return {
        "plan": view.plan,
        "figures": _figures(figures, language),
        "few": figures.settled_count < FEW,
        "curve": curve_points(figures.curve, WIDTH, HEIGHT),
        "months": [(month, _figures(each, language)) for month, each in months[::-1][:MONTHS]],
        "tips": [_tip(tip, language, zone) for tip in view.tips],
        "place": place_of(zone, language),
        "unsettled": view.unsettled_count,
        "unreadable": view.unreadable_count,
        "digests": [(each.link, each.subject, each.number) for each in view.digests],
        "newer": f"{path}?page={page - 1}" if page > 0 else None,
        "older": f"{path}?page={page + 1}" if view.has_more else None,
        "curve_size": (WIDTH, HEIGHT),
    }


def record_line(figures: Figures, language: str, line: str, zone: ZoneInfo) -> str | None:
    """Return a record in one line, or None before its first result.

    line: text with `$settled`, `$since` and `$ratio`. zone: time zone of the first day.
    """
    if not figures.settled_count or figures.start is None:
        return None
    start = format_date(figures.start.astimezone(zone), "d MMM y", locale=locale_of(language))
    ratio = _percent(figures.yield_, language)
    return Template(line).substitute(settled=figures.settled_count, since=start, ratio=ratio)


def pictured_figures(figures: Figures, language: str) -> Sequence[tuple[str, str]]:
    """Return the figures of the record's picture, by the keys of their names."""
    shown_figures = _figures(figures, language)
    return [(name, shown_figures[name]) for name in PICTURE_FIGURES]


def _figures(figures: Figures, language: str) -> dict[str, str]:
    interval = "–"
    if figures.interval is not None:
        low, high = (_percent(Fraction(each), language) for each in figures.interval)
        interval = f"{low} … {high}"
    return {
        "settled": str(figures.settled_count),
        "profit": _units(figures.profit, language),
        "yield": _percent(figures.yield_, language),
        "hit_rate": _percent(figures.hit_rate, language, with_sign=False),
        "average_odds": _number(figures.average_odds, language),
        "staked": _number(figures.total_stake, language),
        "drawdown": _number(figures.drawdown, language),
        "losing_run": str(figures.losing_run),
        "interval": interval,
    }


def _tip(tip: PublishedTip, language: str, zone: ZoneInfo) -> dict[str, Any]:
    template, facts = template_of(language), tip.facts
    return {
        "number": tip.number,
        "at": facts.starts_at.isoformat(timespec="minutes"),
        "day": format_datetime(facts.starts_at, "d MMM y, HH:mm", tzinfo=zone, locale=locale_of(language)),
        "event": facts.event,
        "claim": " · ".join(filter(None, (facts.market, f"{facts.selection} {facts.line}".strip()))),
        "legs": leg_lines(facts, template),
        "odds": template.number(written_odds(facts.odds)),
        "stake": template.number(plain(facts.stake)),
        "result": template.results[tip.result].partition(":")[0] if tip.result is not None else None,
        "gained": _units(tip.gain, language) if tip.gain is not None else "",
        "withdrawn": tip.withdrawn,
        "corrected": tip.is_corrected,
    }


def _number(number: Fraction | None, language: str) -> str:
    return with_minus(template_of(language).number(fixed_digits(number, 2))) if number is not None else "–"


def _units(number: Fraction, language: str) -> str:
    return f"{'+' if number > 0 else ''}{_number(number, language)} u"


def _percent(number: Fraction | None, language: str, *, with_sign: bool = True) -> str:
    if number is None:
        return "–"
    text = with_minus(template_of(language).number(fixed_digits(number * 100, 1)))
    return f"{'+' if with_sign and number > 0 else ''}{percent(text, language)}"
