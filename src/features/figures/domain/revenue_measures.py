"""Standard measures of recurring revenue: MRR, ARR, ARPU, churn and LTV."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from features.figures.domain.figures import RecurringRevenue
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Standard measures of recurring revenue in one currency. A measure is None if its divisor would be zero.

    mrr: current monthly recurring revenue
    arr: twelve times the MRR
    payers: number of paying customers
    arpu: monthly revenue per paying customer
    churn: share of paying customers lost per month
    revenue_churn: share of MRR lost per month, by customers who leave or pay less
    ltv: ARPU divided by churn, the expected total revenue from a customer
    """

    mrr: Money
    arr: Money
    payers: int
    arpu: Money | None
    churn: Fraction | None
    revenue_churn: Fraction | None
    ltv: Money | None


def customer_churn(month: RecurringRevenue) -> Fraction | None:
    """Return the share of the customers paying at the start of the month who no longer pay at its end; None if no
    customer paid at its start.
    """
    return _share(month.gone, _payers_at_start(month))


def revenue_churn(month: RecurringRevenue) -> Fraction | None:
    """Return the share of the opening recurring revenue lost by the end of the month, without new revenue (gross
    churn); None if the opening revenue is zero.
    """
    return _share(month.lost.minor + month.shrunk.minor, month.opening.minor)


def measures(months: Sequence[RecurringRevenue]) -> Measures:
    """Return the measures for a series of months in one currency, oldest first and the current month last.

    Churn is the weighted average of the completed months.
    """
    latest, past_months = months[-1], months[:-1]
    mrr = latest.closing
    arpu = _divide(mrr, Fraction(latest.payers))
    churn = _share(sum(month.gone for month in past_months), sum(_payers_at_start(month) for month in past_months))
    lost_minor = sum(month.lost.minor + month.shrunk.minor for month in past_months)
    return Measures(
        mrr=mrr,
        arr=Money(12 * mrr.minor, mrr.currency),
        payers=latest.payers,
        arpu=arpu,
        churn=churn,
        revenue_churn=_share(lost_minor, sum(month.opening.minor for month in past_months)),
        ltv=_divide(arpu, churn) if arpu is not None and churn is not None else None,
    )


def _payers_at_start(month: RecurringRevenue) -> int:
    return month.payers - month.came + month.gone


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None


def _divide(money: Money, divisor: Fraction) -> Money | None:
    """Divide an amount, rounding half up to the minor unit. Return None for a divisor that is not positive."""
    return Money(floor(money.minor / divisor + Fraction(1, 2)), money.currency) if divisor > 0 else None
