"""Reports of recurring and total revenue."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import dropwhile
from typing import Final, TypeVar

from features.figures.domain.figures import RecurringRevenue, Revenue
from features.figures.domain.revenue_measures import Measures, customer_churn, measures, revenue_churn
from features.figures.web.charts import Chart, Panel, curve, monthly, with_before
from features.figures.web.reports import Cell, Code, FigureRequest, Report, Sheet, see_figures, share_of
from subscriptions.bootstrap.drawing import of_money
from subscriptions.domain.money import Money
from web.console.visit import Visit
from web.console.words import Words

Key = TypeVar("Key", bound=tuple[object, ...])


def _has_currency(currency: str, request: FigureRequest) -> bool:
    return request.currency in {"", currency}


async def recurring_revenue(visit: Visit, request: FigureRequest) -> Report:
    """Return the report of recurring revenue per month: its changes, its measures, and the expected charges."""
    see = see_figures(visit)
    recurring_revenue = await see.recurring_revenue(visit.who, request.asked, request.part, refresh=request.refresh)
    current = await see.current_revenue(visit.who, request.part, refresh=request.refresh)
    expected_lines = await see.forecast(visit.who, request.part, refresh=request.refresh)
    currencies_named = {line.monthly.currency for line in current.lines}
    currencies = sorted({line.opening.currency for line in recurring_revenue.lines} | currencies_named)
    by_currency = {
        currency: [line for line in recurring_revenue.lines if line.opening.currency == currency]
        for currency in currencies
        if _has_currency(currency, request)
    }
    asked = {currency: months for currency, months in by_currency.items() if months}
    recurrings = {currency: request.now(months) for currency, months in asked.items()}
    lines = [line for each in recurrings.values() for line in [*dropwhile(_is_nothing, each)] or each[-1:]]
    lines.sort(key=lambda line: line.month, reverse=True)
    return Report(
        at=recurring_revenue.at,
        currencies=currencies,
        charts=[
            _movements(visit.words, currency, months, request.before(asked[currency]))
            for currency, months in recurrings.items()
        ],
        sheets=[
            Sheet("measures", _MEASURE_COLUMNS, [_measured_row(measures(months)) for months in recurrings.values()]),
            Sheet(
                "standing",
                ("renewal", "currency", "subscriptions", "monthly"),
                [
                    [
                        Code(each.renewal, visit.words(f"renewal.{each.renewal}")),
                        *(each.monthly.currency, each.subscriptions, each.monthly),
                    ]
                    for each in current.lines
                    if _has_currency(each.monthly.currency, request)
                ],
            ),
            Sheet(
                "expected",
                ("currency", "charges", "expected", "trials", "trial_amount"),
                [
                    [each.amount.currency, each.charges, each.amount, each.trials, each.trial_amount]
                    for each in expected_lines.lines
                    if _has_currency(each.amount.currency, request)
                ],
            ),
            Sheet("recurring", _MOVEMENT_COLUMNS, [_moved_row(line) for line in lines]),
        ],
    )


_MEASURE_COLUMNS: Final = ("currency", "mrr", "arr", "payers", "arpu", "churn", "revenue_churn", "ltv")


def _measured_row(measures: Measures) -> Sequence[Cell]:
    money = (measures.mrr, measures.arr, measures.payers, measures.arpu)
    return [measures.mrr.currency, *money, measures.churn, measures.revenue_churn, measures.ltv]


def _is_nothing(line: RecurringRevenue) -> bool:
    """Return True for a month without any recurring revenue. Such months at the beginning of the table are omitted."""
    return not (line.closing.minor or line.opening.minor or line.came or line.gone or line.payers)


_MOVEMENT_COLUMNS: Final = (
    *("month", "currency", "opening", "new", "returned", "grown", "shrunk", "lost", "closing"),
    *("came", "gone", "payers", "churn", "revenue_churn"),
)


def _moved_row(line: RecurringRevenue) -> Sequence[Cell]:
    money = (line.opening, line.new, line.returned, line.grown, line.shrunk, line.lost, line.closing)
    churn = (customer_churn(line), revenue_churn(line))
    return [line.month, line.opening.currency, *money, line.came, line.gone, line.payers, *churn]


def _movements(
    words: Words, currency: str, months: Sequence[RecurringRevenue], before: Sequence[RecurringRevenue]
) -> Chart:
    """Return a chart of the recurring revenue by month, with its changes. before: months of the compared period."""
    more = [(line.new + line.returned + line.grown).minor for line in months]
    less = [(line.shrunk + line.lost).minor for line in months]
    closing, then = [line.closing.minor for line in months], [line.closing.minor for line in before]
    text = _text_of(words, currency)
    latest = Money(closing[-1], currency)
    curves = [
        curve(words("curve.recurring"), closing, text),
        *([curve(words("curve.before"), then, text, is_before=True)] if before else ()),
    ]
    title = words("chart.closing", currency=currency, closing=latest)
    moves = words("chart.moves", more=Money(more[-1], currency), less=Money(less[-1], currency))
    return monthly(
        words,
        [line.month for line in months],
        [
            Panel(series=of_money(title, currency, words.language, line=closing, before=then), curves=curves),
            Panel(
                series=of_money(
                    moves,
                    currency,
                    words.language,
                    bars=[(gain, -loss) for gain, loss in zip(more, less, strict=True)],
                ),
                curves=[
                    curve(words("curve.gained"), more, text),
                    curve(words("curve.lost"), [-loss for loss in less], text),
                ],
            ),
        ],
    )


def _text_of(words: Words, currency: str) -> Callable[[int], str]:
    return lambda minor: words.money(Money(minor, currency))


async def revenue(visit: Visit, request: FigureRequest) -> Report:
    """Return the report of revenue after refunds, by month, and by payment method and plan."""
    revenue = await see_figures(visit).revenue(visit.who, request.asked, request.part, refresh=request.refresh)
    asked = revenue.edges[:-1]
    months, before = request.now(asked), request.before(asked)
    known_lines = [line for line in revenue.lines if _has_currency(line.amount.currency, request)]
    lines = [line for line in known_lines if line.month >= months[0]]
    currencies = sorted({line.amount.currency for line in revenue.lines if line.month >= months[0]})
    currencies_shown = [each for each in currencies if _has_currency(each, request)]
    sums = _sum_by(known_lines, lambda line: (line.month, line.amount.currency))
    plans = {plan.id: plan.label for plan in await visit.use.pricing().get_all_plans(active_only=False)}
    methods = _sum_by(lines, lambda line: (line.provider, plans.get(line.plan_id, "?"), line.amount.currency))
    whole = _sum_by(lines, lambda line: (line.amount.currency,))
    charts = [_received(visit.words, each, months, before, sums) for each in currencies_shown]
    return Report(
        at=revenue.at,
        currencies=currencies,
        charts=charts,
        sheets=[
            Sheet(
                "revenue",
                ("month", "currency", "amount", "payments"),
                [
                    [month, each, Money(sums[month, each][0], each), sums[month, each][1]]
                    for month in reversed(months)
                    for each in currencies_shown
                    if (month, each) in sums
                ],
            ),
            Sheet(
                "ways",
                ("provider", "plan", "currency", "amount", "payments", "share"),
                [
                    [
                        Code(provider, visit.provider(provider)),
                        plan,
                        each,
                        Money(minor, each),
                        count,
                        share_of(minor, whole[each,][0]),
                    ]
                    for (provider, plan, each), (minor, count) in sorted(
                        methods.items(), key=lambda item: (item[0][2], -item[1][0], item[0])
                    )
                ],
            ),
        ],
    )


def _received(
    words: Words,
    currency: str,
    months: Sequence[datetime],
    before: Sequence[datetime],
    sums: Mapping[tuple[datetime, str], tuple[int, int]],
) -> Chart:
    """Return a chart of the revenue in one currency by month. before: months of the compared period."""
    minor, then = ([sums.get((month, currency), (0, 0))[0] for month in part] for part in (months, before))
    text = _text_of(words, currency)
    title = words("chart.revenue", currency=currency, total=Money(sum(minor), currency))
    old = curve(words("curve.before"), then, text, is_before=True) if before else None
    series = of_money(title, currency, words.language, bars=[(value,) for value in minor], before=then)
    curves = with_before(curve(words("curve.received"), minor, text), old)
    return monthly(words, months, [Panel(series=series, curves=curves)])


def _sum_by(lines: Iterable[Revenue], key: Callable[[Revenue], Key]) -> Mapping[Key, tuple[int, int]]:
    """Return the sums in minor units and the numbers of payments, grouped by a key."""
    sums: dict[Key, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for line in lines:
        minor, count = sums[key(line)]
        sums[key(line)] = minor + line.amount.minor, count + line.payments
    return dict(sums)
