"""Repository of monthly business figures: recurring revenue, revenue by payment method, retention and churn."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from features.figures.domain.figures import (
    ALL,
    Churn,
    Cohort,
    CurrentRevenue,
    EntryTimes,
    Funnel,
    KeptAnswer,
    Part,
    RecurringRevenue,
    Revenue,
    RevenueForecast,
)
from subscriptions.domain.ports.repositories.key import RepositoryKey

HORIZON: Final = timedelta(days=30)
"""Period that `forecast` covers."""
OVERDUE: Final = timedelta(days=1)
"""Maximum delay after its due date for which `forecast` still includes a charge, because the charge
may be in progress.
"""


class FiguresRepository(Protocol):
    """Reader of business figures, calculated from stored data, with a cache of results.

    edges: ascending timestamps: the beginning of each month and the end of the last one
    part: filter by plan and payment method. Revenue counts for the plan that the subscription had at the time,
        retention and churn for its current plan
    """

    async def recurring_revenue(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[RecurringRevenue]:
        """Return the recurring revenue per month and currency, sorted by month and then currency.

        Recurring revenue is the monthly price of every subscription that its provider charges automatically, from the
        customer's first payment for as long as it is charged again (`Subscription.is_recurring`): neither past due nor
        paused nor canceled. An interruption that ended leaves no trace. Trials and activation codes are not paid and do
        not count; prepaid periods do not recur. The price is the amount of each charge after promotions. A year counts
        as twelve months, 52 weeks or 365 days, and half a minor unit is rounded up. Subscriptions that begin and end
        within one month are not included. With a plan filter, a customer who changes to the plan counts as gained and
        one who changes from it as lost.
        """
        ...

    async def current_revenue(self, now: datetime, part: Part = ALL) -> Sequence[CurrentRevenue]:
        """Return the current recurring revenue by currency and billing state. Trials and prepaid subscriptions are
        listed separately. `now`: current time.
        """
        ...

    async def forecast(self, now: datetime, part: Part = ALL) -> Sequence[RevenueForecast]:
        """Return the automatic charges of the next thirty days, for each currency. If a subscription is charged several
        times in that period, each charge counts. A charge after a scheduled plan change counts at the new plan's
        price. Subscriptions that are past due, canceled, paused without an end date, or whose billing was stopped are
        left out.
        """
        ...

    async def revenue(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Revenue]:
        """Return the revenue by month, currency, provider and plan, the largest amount first within a month's
        currency.
        """
        ...

    async def cohorts(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Cohort]:
        """Return, for each month, the customers who first paid for their own subscription in that month."""
        ...

    async def funnel(self, start: datetime, end: datetime) -> Sequence[Funnel]:
        """Return the funnel figures of a period for each acquisition source, the source with the most
        customers first.
        """
        ...

    async def churn(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Churn]:
        """Return the churn by month, the most frequent reason first."""
        ...

    async def entry_times(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[EntryTimes]:
        """Return the times between payment and joining by month, for the months in which customers joined."""
        ...

    async def customers(self) -> int:
        """Return an estimate of the number of customers, because an exact count would be slow."""
        ...

    async def kept_answer(self, question: str) -> KeptAnswer | None:
        """Return the cached result of a query; None if there is none."""
        ...

    async def keep(self, answer: KeptAnswer) -> None:
        """Cache a result in place of the earlier one. The later of the two `asked_at` values is kept."""
        ...

    async def oldest(self) -> KeptAnswer | None:
        """Return the result that was calculated longest ago; None if the cache is empty."""
        ...

    async def forget(self, cutoff: datetime) -> None:
        """Delete the results last requested before `cutoff`."""
        ...


FIGURES_KEY: Final = RepositoryKey["FiguresRepository"]("figures")
