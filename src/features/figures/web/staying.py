"""Console pages of retention, acquisition, churn, entry times and channel capacity, with charts and tables."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from features.figures.domain.figures import Cohort
from features.figures.web.reports import (
    MARKS,
    PLAN,
    PROVIDER,
    SPAN,
    FigureRequest,
    Report,
    Sheet,
    chart_of,
    drawn_chart,
    figure_page,
    see_figures,
    share_of,
)
from subscriptions.application.views.amounts import percent
from subscriptions.bootstrap.drawing import Scale, Series
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import Page, Visit

_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
_UNITS: Final = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", _MINUTE), ("s", _SECOND))
_READABLE: Final = 10
"""Minimum value, in a unit, of the longest duration for a chart's axis in that unit, so that whole numbers are precise
enough.
"""


async def cohorts(visit: Visit, request: FigureRequest) -> Report:
    """Return the retention of customers by the month of their first purchase."""
    found_cohorts = await see_figures(visit).cohorts(visit.who, request.months, request.part, refresh=request.refresh)
    cohorts = [line for line in found_cohorts.lines if line.size]
    longest = max((len(line.kept) for line in cohorts), default=0)
    retention = [_retention(cohorts, age) for age in range(longest)]
    title = visit.words("chart.cohorts")
    percents = [round(100 * share) for share in retention]
    series = Series(
        title, Scale.for_values([*percents, 100]), lambda tick: percent(str(tick), visit.words.language), line=percents
    )
    return Report(
        at=found_cohorts.at,
        charts=[chart_of([series], _ages(longest))] if cohorts else [],
        sheets=[
            Sheet(
                "cohorts",
                ("month", "size", *(f"age#{age}" for age in range(longest))),
                [[line.month, line.size, *_shares(line, longest)] for line in reversed(cohorts)],
            )
        ],
    )


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
    """Return the conversion funnel by acquisition link: opened, started, paid and joined."""
    funnel = await see_figures(visit).funnel(visit.who, request.months, refresh=request.refresh)
    steps = ("opened", "started", "paid", "joined")
    # Customers without an acquisition link have no opening, so the chart omits them.
    by_link = [line for line in funnel.lines if line.source]
    sums = [sum(getattr(line, step) for line in by_link) for step in steps]
    series = Series(visit.words("chart.funnel", n=sums[0]), Scale.for_values(sums), bars=[(value,) for value in sums])
    return Report(
        at=funnel.at,
        charts=[chart_of([series], [visit.words(f"column.{step}") for step in steps])] if any(sums) else [],
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


async def churn(visit: Visit, request: FigureRequest) -> Report:
    """Return the number of ended subscriptions by month and by reason."""
    counts = await see_figures(visit).churn(visit.who, request.months, request.part, refresh=request.refresh)
    months = counts.edges[:-1]
    by_month, reasons = Counter[datetime](), Counter[tuple[str, str]]()
    for line in counts.lines:
        by_month[line.month] += line.count
        reasons[line.reason, line.ended] += line.count
    heights = [by_month[month] for month in months]
    series = Series(
        visit.words("chart.leaving", n=sum(heights)), Scale.for_values(heights), bars=[(each,) for each in heights]
    )
    words = visit.words
    return Report(
        at=counts.at,
        charts=[drawn_chart(words, [series], months)] if counts.lines else [],
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
    """Return the time between payment and entry into the chat, by month."""
    counts = await see_figures(visit).entry_times(visit.who, request.months, request.part, refresh=request.refresh)
    months, lines = counts.edges[:-1], {line.month: line for line in counts.lines}
    series = []
    for name in ("median", "most"):
        times = [getattr(lines[month], name) if month in lines else timedelta(0) for month in months]
        unit, size = next(each for each in _UNITS if max(times) >= _READABLE * each[1] or each[1] == _SECOND)
        heights = [round(each / size) for each in times]
        latest_line = counts.lines[-1] if counts.lines else None
        took = visit.words.took(getattr(latest_line, name)) if latest_line is not None else "–"
        title = visit.words(f"chart.{name}", took=took)
        series.append(Series(title, Scale.for_values(heights), _tick_labels(unit), bars=[(each,) for each in heights]))
    return Report(
        at=counts.at,
        charts=[drawn_chart(visit.words, series, months)] if counts.lines else [],
        sheets=[
            Sheet(
                "entering",
                ("month", "count", "median", "most"),
                [[line.month, line.count, line.median, line.most] for line in reversed(counts.lines)],
            )
        ],
    )


def _tick_labels(unit: str) -> Callable[[int], str]:
    return lambda tick: f"{tick} {unit}"


async def room(visit: Visit, _: FigureRequest) -> Report:
    """Return the accounts' remaining capacity for channels, and a forecast of how long it will last."""
    accounts, forecast = await visit.use.accounts()(visit.who)
    words = visit.words
    names = [account.label or f"#{account.id}" for account in accounts]
    few = len(accounts) <= MARKS
    channels_used, channels_left = [each.channels_used for each in accounts], [each.room_left for each in accounts]
    series = [
        Series(
            words("chart.used", n=sum(channels_used)),
            Scale.for_values(channels_used),
            bars=[(each,) for each in channels_used],
        ),
        Series(
            words("chart.left", n=sum(channels_left)),
            Scale.for_values(channels_left),
            bars=[(each,) for each in channels_left],
        ),
    ]
    facts = (("left", forecast.channels_left), ("stock", forecast.stock), ("used_share", Fraction(forecast.share, 100)))
    more = (("per_day", forecast.per_day), ("days_left", forecast.days))
    return Report(
        at=visit.now,
        charts=[chart_of(series, names if few else [""] * len(names))] if accounts else [],
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


_PART: Final = (SPAN, PLAN, PROVIDER)
PAGES: Final[tuple[Page, ...]] = (
    figure_page("cohorts", cohorts, _PART),
    figure_page("funnel", funnel, (SPAN,)),
    figure_page("leaving", churn, _PART),
    figure_page("entering", entry_times, _PART),
    figure_page("room", room, (), StaffAction.SEE_ACCOUNTS),
)
