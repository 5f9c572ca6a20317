"""Figures of a track record, recalculated without the product's code from the simulated author's list of tips, and
compared with the site.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import isclose, sqrt
from typing import Any, Final
from zoneinfo import ZoneInfo

HOME: Final = ZoneInfo("Europe/Madrid")
"""Time zone that determines the start of a month."""
DEVIATIONS: Final = 1.959964
"""Standard deviations on either side of the mean that contain 95 % of a normal distribution."""
PROVES_NOTHING: Final = 30
"""Minimum number of tips for a confidence interval."""
ODDS: Final = ("0", "1.5", "2", "3", "5")
STAKES: Final = ("0", "2", "4", "7")
RETURNS: Final = {
    "won": lambda odds: odds,
    "half_won": lambda odds: (odds + 1) / 2,
    "push": lambda odds: Fraction(1),
    "void": lambda odds: Fraction(1),
    "half_lost": lambda odds: Fraction(1, 2),
    "lost": lambda odds: Fraction(0),
}
"""Payout of one unit at the given odds, by result."""


@dataclass(frozen=True)
class Ended:
    """Finished tip.

    position: number by order of publication
    comes_back: payout of its stake; None for a void tip, which is not included in the figures
    groups: its market and other groups, keyed by name
    """

    starts_at: datetime
    position: int
    odds: Fraction
    stake: Fraction
    comes_back: Fraction | None
    groups: Mapping[str, str]

    @property
    def gain(self) -> Fraction:
        """Return the gain in units of stake."""
        return (self.comes_back or Fraction(0)) - self.stake


def range_of(number: Fraction, bounds: Sequence[str]) -> str:
    """Return the name of the range that contains the number: `from–to` including the lower end, or `from+` without an
    upper end.
    """
    index = sum(Fraction(bound) <= number for bound in bounds) - 1
    return f"{bounds[index]}–{bounds[index + 1]}" if index + 1 < len(bounds) else f"{bounds[index]}+"


def month_of(moment: datetime) -> str:
    """Return the month in the operator's time zone."""
    return moment.astimezone(HOME).strftime("%Y-%m")


def recount(ended: Iterable[Ended]) -> dict[str, Any]:
    """Return all figures by their names in the product. interval: its lower and upper end."""
    in_order = sorted(ended, key=lambda each: (each.starts_at, each.position))
    counted = [each for each in in_order if each.comes_back is not None]
    figures: dict[str, Any] = {"settled_count": len(counted), "void": len(in_order) - len(counted)}
    staked = sum((each.stake for each in counted), Fraction(0))
    gains = [each.gain for each in counted]
    gained, lost = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    profit = sum(gains, Fraction(0))
    return figures | {
        "total_stake": staked,
        "profit": profit,
        "yield_": profit / staked if counted else None,
        "hit_rate": Fraction(gained, gained + lost) if gained + lost else None,
        "average_odds": sum((each.odds for each in counted), Fraction(0)) / len(counted) if counted else None,
        "drawdown": _worst_fall(gains),
        "losing_run": max(map(len, "".join("-" if gain < 0 else "+" for gain in gains if gain).split("+"))),
        "start": counted[0].starts_at if counted else None,
        "end": counted[-1].starts_at if counted else None,
        "interval": _interval(counted, profit, staked),
    }


def recount_by_group(ended: Iterable[Ended]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the figures of each month, market, sport, bookmaker, author, range of odds and of stakes."""
    groups: dict[str, dict[str, list[Ended]]] = defaultdict(lambda: defaultdict(list))
    for each in ended:
        ranges = {"odds": range_of(each.odds, ODDS), "stake": range_of(each.stake, STAKES)}
        for name, value in {"month": month_of(each.starts_at), **ranges, **each.groups}.items():
            groups[name][value].append(each)
    return {name: {value: recount(tips) for value, tips in by.items()} for name, by in groups.items()}


def differences(notified: Any, counted: Mapping[str, Any], where: str) -> list[str]:
    """Return the figures that differ between the two calculations. The confidence interval is compared approximately,
    all other figures exactly.
    """
    exact = {name: value for name, value in counted.items() if name != "interval"}
    rows = [
        f"{where} {name}: {getattr(notified, name)}, not {value}"
        for name, value in exact.items()
        if getattr(notified, name) != value
    ]
    ends, own = notified.interval, counted["interval"]
    if (ends is None) != (own is None) or (own and not all(map(_is_close, ends, own))):
        rows.append(f"{where} interval: {ends}, not {own}")
    return rows


def _worst_fall(gains: Sequence[Fraction]) -> Fraction:
    """Return the largest possible loss of a follower who joined at any time and left at any later time."""
    worst = fall = Fraction(0)
    for gain in gains:
        fall = max(Fraction(0), fall - gain)
        worst = max(worst, fall)
    return worst


def _interval(counted: Sequence[Ended], profit: Fraction, staked: Fraction) -> tuple[float, float] | None:
    number = len(counted)
    if number < PROVES_NOTHING:
        return None
    ratio = float(profit / staked)
    squares = sum((float(each.gain) - ratio * float(each.stake)) ** 2 for each in counted)
    away = DEVIATIONS * sqrt(squares * number / (number - 1)) / float(staked)
    return ratio - away, ratio + away


def _is_close(one: float, other: float) -> bool:
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
