"""Statistics of a tip record, calculated exactly. src/features/record/docs.md defines them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Final
from zoneinfo import ZoneInfo

from features.picks.domain import TipFacts, TipResult, fixed_digits, profit
from features.record.domain.tip_history import TipHistory

Z: Final = 1.959964
"""Number of standard deviations around the mean that include 95 % of a normal distribution."""
INTERVAL_FROM: Final = 30
"""Minimum number of settled tips for a confidence interval."""


@dataclass(frozen=True)
class SettledTip:
    """Settled tip. `profit`: profit or loss in units."""

    number: int
    facts: TipFacts
    result: TipResult
    profit: Fraction


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Statistics of a tip record; ratios are None if there is nothing to count.

    settled_count: settled tips, including pushes
    void: tips settled as void, excluded from all other figures
    total_stake, profit: in units
    yield_: profit per unit staked
    hit_rate: share of wins among the tips that won or lost
    average_odds: mean of the published odds
    drawdown: largest fall below an earlier maximum of the profit
    losing_run: longest sequence of losses; a push neither extends nor ends it
    interval: 95 % confidence interval of the yield
    start, end: earliest and latest start of the tips' events
    curve: profit after each tip
    """

    settled_count: int = 0
    void: int = 0
    total_stake: Fraction = Fraction(0)
    profit: Fraction = Fraction(0)
    yield_: Fraction | None = None
    hit_rate: Fraction | None = None
    average_odds: Fraction | None = None
    drawdown: Fraction = Fraction(0)
    losing_run: int = 0
    interval: tuple[float, float] | None = None
    start: datetime | None = None
    end: datetime | None = None
    curve: Sequence[Fraction] = ()


def settled_tips(tips: Iterable[TipHistory]) -> Sequence[SettledTip]:
    """Return the tips with a result, sorted by the start of the event and not by the time of settlement."""
    settled_tips = []
    for tip in tips:
        settlement = tip.settlement
        if settlement is not None:
            facts = tip.facts
            settled_tips.append(SettledTip(tip.number, facts, settlement.result, profit(facts, settlement)))
    return sorted(settled_tips, key=lambda each: (each.facts.starts_at, each.number))


def count(tips: Sequence[SettledTip]) -> Figures:
    """Calculate the statistics of settled tips, which must be sorted by the start of the event."""
    settled_tips = [each for each in tips if each.result is not TipResult.VOID]
    void = len(tips) - len(settled_tips)
    if not settled_tips:
        return Figures(void=void)
    stake_sum = sum((Fraction(each.facts.stake) for each in settled_tips), Fraction(0))
    curve = _curve(settled_tips)
    gain_count, loss_count = (sum(1 for each in settled_tips if each.profit * sign > 0) for sign in (1, -1))
    return Figures(
        settled_count=len(settled_tips),
        void=void,
        total_stake=stake_sum,
        profit=curve[-1],
        yield_=curve[-1] / stake_sum,
        hit_rate=Fraction(gain_count, gain_count + loss_count) if gain_count + loss_count else None,
        average_odds=sum((Fraction(each.facts.odds) for each in settled_tips), Fraction(0)) / len(settled_tips),
        drawdown=_drawdown(curve),
        losing_run=_losing_run(settled_tips),
        interval=_interval(settled_tips, curve[-1] / stake_sum, stake_sum),
        start=settled_tips[0].facts.starts_at,
        end=settled_tips[-1].facts.starts_at,
        curve=curve,
    )


def _curve(tips: Sequence[SettledTip]) -> Sequence[Fraction]:
    total, curve = Fraction(0), []
    for tip in tips:
        total += tip.profit
        curve.append(total)
    return curve


def _drawdown(curve: Sequence[Fraction]) -> Fraction:
    peak = deepest = Fraction(0)
    for profit_then in curve:
        peak = max(peak, profit_then)
        deepest = max(deepest, peak - profit_then)
    return deepest


def _losing_run(tips: Sequence[SettledTip]) -> int:
    run = longest = 0
    for tip in tips:
        if tip.profit != 0:
            run = run + 1 if tip.profit < 0 else 0
            longest = max(longest, run)
    return longest


def _interval(tips: Sequence[SettledTip], ratio: Fraction, stake_sum: Fraction) -> tuple[float, float] | None:
    """Return the confidence interval of a ratio of sums (profit by stake), from the residuals of each tip; None for too
    few tips.
    """
    number = len(tips)
    if number < INTERVAL_FROM:
        return None
    mean = float(ratio)
    squares = sum((float(tip.profit) - mean * float(tip.facts.stake)) ** 2 for tip in tips)
    error = sqrt(squares * number / (number - 1)) / float(stake_sum)
    return mean - Z * error, mean + Z * error


def _odds_range(tip: SettledTip) -> str:
    return _range(tip.facts.odds, (Decimal("1.5"), Decimal(2), Decimal(3), Decimal(5)))


def _stake_range(tip: SettledTip) -> str:
    return _range(tip.facts.stake, (Decimal(2), Decimal(4), Decimal(7)))


def _range(number: Decimal, bounds: Sequence[Decimal]) -> str:
    lower_bounds = [edge for edge in bounds if edge <= number]
    upper_bounds = [edge for edge in bounds if edge > number]
    return f"{lower_bounds[-1] if lower_bounds else 0}–{upper_bounds[0]}" if upper_bounds else f"{bounds[-1]}+"


def breakdowns(tips: Sequence[SettledTip], home: ZoneInfo) -> Mapping[str, Mapping[str, Figures]]:
    """Return figures by month (in the operator's time zone), market, sport, bookmaker, author, range of odds and range
    of stake. A range `from–to` includes its lower end.
    """
    keys: dict[str, Callable[[SettledTip], str]] = {
        "month": lambda tip: tip.facts.starts_at.astimezone(home).strftime("%Y-%m"),
        "market": lambda tip: tip.facts.market,
        "sport": lambda tip: tip.facts.sport,
        "bookmaker": lambda tip: tip.facts.bookmaker,
        "author": lambda tip: tip.facts.author,
        "odds": _odds_range,
        "stake": _stake_range,
    }
    return {name: _group_by(tips, key) for name, key in keys.items()}


def _group_by(tips: Sequence[SettledTip], key: Callable[[SettledTip], str]) -> Mapping[str, Figures]:
    groups: dict[str, list[SettledTip]] = {}
    for tip in tips:
        groups.setdefault(key(tip), []).append(tip)
    return {name: count(groups[name]) for name in sorted(groups)}


def exact(number: Fraction) -> str:
    """Format a number exactly if it has a finite decimal form; otherwise round it to six decimals. Only ratios can have
    no finite form.
    """
    denominator = number.denominator
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return fixed_digits(number, max(twos, fives) if denominator == 1 else 6)
