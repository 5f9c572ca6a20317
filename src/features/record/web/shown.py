"""Data of a tip record for its public page: formatted figures and timestamps, and the curve."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from string import Template
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from features.picks.domain import fixed_digits, plain, written_odds
from features.picks.use_cases.tip_text import leg_lines, template_of
from features.record.domain.record_figures import Figures
from features.record.use_cases.read_record import PublishedTip, RecordView
from subscriptions.application.dto.languages import locale_of
from subscriptions.application.views.amounts import percent, with_minus
from subscriptions.application.views.cities import city_of
from subscriptions.bootstrap.drawing import profit_curve

FEW: Final = 100
"""Number of settled tips below which the page warns that the statistics prove little."""
MONTHS: Final = 12
MARKETS: Final = 10
PICTURE_FIGURES: Final = ("settled", "profit", "yield", "hit_rate")
"""Names of the statistics shown in the picture of a tip record, in order."""
KEY_FIGURES: Final = ("profit", "yield", "hit_rate", "settled")
"""Names of the statistics shown at the top of the record's page, in order."""
OTHER_FIGURES: Final = ("interval", "average_odds", "staked", "drawdown", "losing_run")
CURVE: Final = (1000, 1000)
"""Size of the plot in its own units; the page stretches the plot to its width."""
_SIGNS: Final = {"gain": "+", "loss": "−", "even": "="}


def shown_record(view: RecordView, language: str, page: int, path: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return the data for the page's template. path: path of the page. zone: the shop's time zone."""
    figures, months = view.figures, list(view.breakdowns.get("month", {}).items())
    shown = shown_figures(figures, language)
    return {
        "plan": view.plan,
        "figures": shown,
        "key": [(name, shown[name], _tone(_signed(figures).get(name))) for name in KEY_FIGURES if name in shown],
        "others": [(name, shown[name]) for name in OTHER_FIGURES if name in shown],
        "few": figures.settled_count < FEW,
        "curve": _curve(view, language),
        "latest": [_latest(tip, language, zone) for tip in reversed(view.latest)],
        "latest_gain": _units(sum((tip.gain or Fraction(0) for tip in view.latest), Fraction(0)), language),
        "months": [_row(_month(month, language), each, language) for month, each in months[::-1][:MONTHS]],
        "markets": _markets(view.breakdowns.get("market", {}), language),
        "tips": [_tip(tip, language, zone) for tip in view.tips],
        "city": city_of(zone, language),
        "unsettled": view.unsettled_count,
        "unreadable": view.unreadable_count,
        "digests": [(each.link, each.subject, each.number) for each in view.digests],
        "newer": f"{path}?page={page - 1}" if page > 0 else None,
        "older": f"{path}?page={page + 1}" if view.has_more else None,
    }


def record_line(figures: Figures, language: str, line: str, zone: ZoneInfo) -> str | None:
    """Return the text that summarizes a tip record in one line, or None before the first result.

    line: template with `$settled`, `$since` and `$ratio`. zone: time zone for the date of the first tip.
    """
    if not figures.settled_count or figures.start is None:
        return None
    start = format_date(figures.start.astimezone(zone), "d MMM y", locale=locale_of(language))
    ratio = _percent(figures.yield_, language)
    return Template(line).substitute(settled=figures.settled_count, since=start, ratio=ratio)


def pictured_figures(figures: Figures, language: str) -> Sequence[tuple[str, str]]:
    """Return the figures of the record's picture as pairs of a text key and the formatted value."""
    shown = shown_figures(figures, language)
    return [(name, shown[name]) for name in PICTURE_FIGURES if name in shown]


def shown_figures(figures: Figures, language: str) -> dict[str, str]:
    """Return the formatted figures that have a value, keyed by the text keys of their names; empty before the first
    result.
    """
    if not figures.settled_count:
        return {}
    shown = {
        "settled": str(figures.settled_count),
        "profit": _units(figures.profit, language),
        "yield": _percent(figures.yield_, language),
        "hit_rate": _percent(figures.hit_rate, language, with_sign=False) if figures.hit_rate is not None else None,
        "average_odds": _number(figures.average_odds, language),
        "staked": _number(figures.total_stake, language),
        "drawdown": _number(figures.drawdown, language),
        "losing_run": str(figures.losing_run),
        "interval": None,
    }
    if figures.interval is not None:
        low, high = (_percent(Fraction(each), language) for each in figures.interval)
        shown["interval"] = f"{low} … {high}"
    return {name: value for name, value in shown.items() if value is not None}


def _signed(figures: Figures) -> dict[str, Fraction | None]:
    return {"profit": figures.profit, "yield": figures.yield_}


def _tone(number: Fraction | None) -> str:
    """Return the CSS class of a number that is colored by its sign; empty for a number that is not colored."""
    if number is None:
        return ""
    return "gain" if number > 0 else "loss" if number < 0 else "even"


def _curve(view: RecordView, language: str) -> dict[str, Any] | None:
    curve = profit_curve(view.figures.curve, view.months, language)
    if curve is None:
        return None
    width, height = CURVE
    return {
        "size": CURVE,
        "points": curve.line(width, height),
        "zero": curve.zero,
        "end": curve.points[-1],
        "ticks": curve.ticks,
        "spans": [
            {"at": each, "profit": _units(each.profit, language), "tone": _tone(each.profit)} for each in curve.spans
        ],
    }


def _month(month: str, language: str) -> str:
    return str(format_date(date(int(month[:4]), int(month[5:]), 1), "LLL y", locale=locale_of(language)))


def _row(name: str, figures: Figures, language: str) -> dict[str, str]:
    """Return a table row with the statistics of one group of tips. A month whose tips were all void has no yield."""
    return {
        "name": name,
        "settled": str(figures.settled_count),
        "profit": _units(figures.profit, language),
        "yield": _percent(figures.yield_, language),
        "tone": _tone(figures.profit),
    }


def _markets(markets: Mapping[str, Figures], language: str) -> Sequence[dict[str, str]]:
    """Return the rows of the most frequent markets; empty if there is only one market, whose figures equal the whole
    record's.
    """
    if len(markets) < 2:
        return []
    most = sorted(markets.items(), key=lambda each: -each[1].settled_count)[:MARKETS]
    return [_row(market, figures, language) for market, figures in most if figures.settled_count]


def _latest(tip: PublishedTip, language: str, zone: ZoneInfo) -> dict[str, str]:
    shown, tone = _tip(tip, language, zone), _tone(tip.gain)
    return {"tone": tone, "sign": _SIGNS[tone], "text": f"{shown['event']}: {shown['result']}, {shown['gained']}"}


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
        "tone": _tone(tip.gain),
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
