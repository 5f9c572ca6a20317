"""Reports of retention, acquisition, churn, entry times and channel capacity."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from features.figures.domain.figures import Cohort, Funnel
from features.figures.web.charts import MARKS, Chart, curve, monthly, panel_of
from features.figures.web.reports import FigureRequest, Report, Sheet, see_figures, share_of
from subscriptions.application.views.amounts import percent
from web.console.visit import Visit
from web.console.words import Words

_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_UNITS: Final = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", _MINUTE), ("s", _SECOND))
_READABLE: Final = 10
"""Minimum number of units in the longest duration for the axis of a chart to use that unit. With fewer units, whole
numbers would not be precise enough.
"""


async def cohorts(visit: Visit, request: FigureRequest) -> Report:
    """Return the report of customer retention by the month of the first purchase."""
    found_cohorts = await see_figures(visit).cohorts(visit.who, request.asked, request.part, refresh=request.refresh)
    lines = list(found_cohorts.lines)
    cohorts = [line for line in request.now(lines) if line.size]
    longest = max((len(line.kept) for line in cohorts), default=0)
    return Report(
        at=found_cohorts.at,
        charts=[_retained(visit.words, cohorts, request.before(lines), longest)] if cohorts else [],
        sheets=[
            Sheet(
                "cohorts",
                ("month", "size", *(f"age#{age}" for age in range(longest))),
                [[line.month, line.size, *_shares(line, longest)] for line in reversed(cohorts)],
            )
        ],
    )


def _retained(words: Words, cohorts: Sequence[Cohort], before: Sequence[Cohort], longest: int) -> Chart:
    """Return a chart of the share of customers who are still subscribed, by months since the first purchase. before:
    customers of the compared period.
    """
    ages = range(longest)
    known = [line for line in before if line.size]
    is_comparable = max((len(line.kept) for line in known), default=0) >= longest
    then = [_retention(known, age) for age in ages] if is_comparable else []

    def text(share: int) -> str:
        return percent(str(share), words.language)

    old = curve(words("curve.before"), [round(100 * each) for each in then], text, is_before=True)
    panel = panel_of(
        words("chart.cohorts"),
        words("curve.kept"),
        [round(100 * _retention(cohorts, age)) for age in ages],
        text,
        before=old if then else None,
        is_line=True,
        high=100,
    )
    return Chart(slots=[words("curve.age", n=age) for age in ages], marks=_ages(longest), panels=[panel])


def _retention(lines: Sequence[Cohort], age: int) -> Fraction:
    """Return the share of customers who are still subscribed after `age` months, among cohorts that are old enough."""
    old = [line for line in lines if len(line.kept) > age]
    return Fraction(sum(line.kept[age] for line in old), sum(line.size for line in old))


def _shares(line: Cohort, longest: int) -> list[Fraction | None]:
    return [share_of(line.kept[age], line.size) if age < len(line.kept) else None for age in range(longest)]


def _ages(longest: int) -> list[str]:
    every = max(-(-longest // MARKS), 1)
    return [str(age) if age % every == 0 else "" for age in range(longest)]


async def funnel(visit: Visit, request: FigureRequest) -> Report:
    """Return the report of the conversion funnel by acquisition link: opened, started, paid and joined."""
    see, words = see_figures(visit), visit.words
    funnel = await see.funnel(visit.who, request.months, refresh=request.refresh)
    steps = ("opened", "started", "paid", "joined")
    sums = _funnel_sums(funnel.lines, steps)
    old = None
    if request.compares:
        # Each person counts in one month only, so the compared period is the difference of two longer ones.
        both, later = [
            _funnel_sums((await see.funnel(visit.who, months, refresh=request.refresh)).lines, steps)
            for months in (request.asked, request.shift)
        ]
        then = [whole - part for whole, part in zip(both, later, strict=True)]
        old = curve(words("curve.before"), then, words.number, is_before=True)
    names = [words(f"column.{step}") for step in steps]
    panel = panel_of(words("chart.funnel", n=sums[0]), words("curve.people"), sums, words.number, before=old)
    return Report(
        at=funnel.at,
        charts=[Chart(slots=names, marks=names, panels=[panel])] if any(sums) else [],
        sheets=[
            Sheet(
                "funnel",
                ("source", *steps, "paid_share", "joined_share"),
                [
                    [
                        line.source or visit.words("cell.no_source"),
                        line.opened if line.source else None,
                        *(line.started, line.paid, line.joined),
                        share_of(line.paid, line.started),
                        share_of(line.joined, line.paid),
                    ]
                    for line in funnel.lines
                ],
            )
        ],
    )


def _funnel_sums(lines: Sequence[Funnel], steps: Sequence[str]) -> list[int]:
    """Return the number of people at each step of the funnel. People who came without an acquisition link are left out,
    because they did not open a link.
    """
    return [sum(getattr(line, step) for line in lines if line.source) for step in steps]


async def churn(visit: Visit, request: FigureRequest) -> Report:
    """Return the report of ended subscriptions by month and by reason."""
    counts = await see_figures(visit).churn(visit.who, request.asked, request.part, refresh=request.refresh)
    asked = counts.edges[:-1]
    months, before = request.now(asked), request.before(asked)
    by_month, reasons = Counter[datetime](), Counter[tuple[str, str]]()
    for line in counts.lines:
        by_month[line.month] += line.count
        if line.month >= months[0]:
            reasons[line.reason, line.ended] += line.count
    heights, then = [by_month[month] for month in months], [by_month[month] for month in before]
    old = curve(visit.words("curve.before"), then, visit.words.number, is_before=True) if before else None
    title = visit.words("chart.leaving", n=sum(heights))
    panel = panel_of(title, visit.words("curve.ended"), heights, visit.words.number, before=old)
    words = visit.words
    return Report(
        at=counts.at,
        charts=[monthly(words, months, [panel])] if any(heights) or any(then) else [],
        sheets=[
            Sheet(
                "reasons",
                ("reason", "ended", "count", "share"),
                [
                    [
                        words.one_of("reason", reason) if reason else words("cell.no_reason"),
                        words.one_of("reason", end) if end else None,
                        count,
                        share_of(count, sum(heights)),
                    ]
                    for (reason, end), count in reasons.most_common()
                ],
            ),
            Sheet(
                "leaving",
                ("month", "count"),
                [[month, by_month[month]] for month in reversed(months) if by_month[month]],
            ),
        ],
    )


async def entry_times(visit: Visit, request: FigureRequest) -> Report:
    """Return the report of the time between payment and joining the chat, by month."""
    counts = await see_figures(visit).entry_times(visit.who, request.asked, request.part, refresh=request.refresh)
    words, asked, lines = visit.words, counts.edges[:-1], {line.month: line for line in counts.lines}
    months, before = request.now(asked), request.before(asked)
    panels = []
    for name in ("median", "most"):
        times, then = (
            [getattr(lines[month], name) if month in lines else timedelta(0) for month in part]
            for part in (months, before)
        )
        unit, size = next(each for each in _UNITS if max((*times, *then)) >= _READABLE * each[1] or each[1] == _SECOND)
        label = _tick_labels(unit)
        latest_line = counts.lines[-1] if counts.lines else None
        took = words.took(getattr(latest_line, name)) if latest_line is not None else "–"
        old = [round(each / size) for each in then]
        panels.append(
            panel_of(
                words(f"chart.{name}", took=took),
                words(f"column.{name}"),
                [round(each / size) for each in times],
                label,
                before=curve(words("curve.before"), old, label, is_before=True) if before else None,
            )
        )
    shown = [line for line in reversed(counts.lines) if line.month >= months[0]]
    return Report(
        at=counts.at,
        charts=[monthly(words, months, panels)] if shown else [],
        sheets=[
            Sheet(
                "entering",
                ("month", "count", "median", "most"),
                [[line.month, line.count, line.median, line.most] for line in shown],
            )
        ],
    )


def _tick_labels(unit: str) -> Callable[[int], str]:
    return lambda tick: f"{tick} {unit}"


async def room(visit: Visit, _: FigureRequest) -> Report:
    """Return the report of the accounts' remaining capacity for channels, and of when it will be used up."""
    accounts, forecast = await visit.use.accounts()(visit.who)
    words = visit.words
    names = [account.label or f"#{account.id}" for account in accounts]
    few = len(accounts) <= MARKS
    channels_used, channels_left = [each.channels_used for each in accounts], [each.room_left for each in accounts]
    panels = [
        panel_of(words(f"chart.{name}", n=sum(counts)), words(f"column.{column}"), counts, words.number)
        for name, column, counts in (("used", "channels_used", channels_used), ("left", "room_left", channels_left))
    ]
    facts = (
        ("left", forecast.channels_left),
        ("stock", forecast.precreated),
        ("used_share", Fraction(forecast.share, 100)),
    )
    more = (("per_day", forecast.per_day), ("days_left", forecast.days))
    return Report(
        at=visit.now,
        charts=[Chart(slots=names, marks=names if few else [""] * len(names), panels=panels)] if accounts else [],
        sheets=[
            Sheet("room", [name for name, _ in (*facts, *more)], [[value for _, value in (*facts, *more)]]),
            Sheet(
                "by_account",
                ("label", "status", "channels_used", "channel_cap", "room_left", "created_today", "day_cap"),
                [
                    [
                        name,
                        words.one_of("account_state", each.status),
                        *(each.channels_used, each.channel_cap, each.room_left, each.created_today, each.day_cap),
                    ]
                    for name, each in zip(names, accounts, strict=True)
                ],
            ),
        ],
    )
