"""What recurring revenue comes to, in the measures of the field: MRR, ARR, ARPU, churn, LTV."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.figures import RecurringRevenue


@dataclass(frozen=True, kw_only=True)
class Measures:
    """In one currency. mrr: what recurs each month, now. arr: twelve times that. payers: who pays it. arpu: what each
    of them comes to by the month. churn: the share of paying customers that is lost in a month. revenue_churn: the
    share of MRR that is lost, by who leaves and by who pays less. ltv: ARPU divided by churn: what a customer is worth
    until they leave. None: there is nothing to divide by yet.
    """

    mrr: Money
    arr: Money
    payers: int
    arpu: Money | None
    churn: Fraction | None
    revenue_churn: Fraction | None
    ltv: Money | None


def customer_churn(month: RecurringRevenue) -> Fraction | None:
    """Return the share of those who paid when the month began and pay nothing at its end."""
    return _share(month.gone, _payers_at_start(month))


def revenue_churn(month: RecurringRevenue) -> Fraction | None:
    """Return the share of what recurred when the month began that is lost at its end, new money apart (gross churn)."""
    return _share(month.lost.minor + month.shrunk.minor, month.opening.minor)


def measures(months: Sequence[RecurringRevenue]) -> Measures:
    """Return the measures of months of one currency, the oldest first and the present one last.

    Churn is the average of the months that are over, each by its weight; the present one is none yet.
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
    """Half a cent is one."""
    return Money(floor(money.minor / divisor + Fraction(1, 2)), money.currency) if divisor > 0 else None
