"""Repository of monthly business figures: recurring revenue, revenue by payment method, retention and churn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.key import RepositoryKey


@dataclass(frozen=True, kw_only=True)
class Part:
    """Filter of the figures by plan and payment method; None and empty select all."""

    plan_id: PlanId | None = None
    provider: str = ""


ALL: Final = Part()


@dataclass(frozen=True, kw_only=True)
class RecurringRevenue:
    """Monthly recurring revenue in one currency, and its changes during one month.

    opening: at the beginning of the month
    new: from customers who never had any before
    returned: from customers who had some earlier and none at the beginning of the month
    grown, shrunk, lost: changes of customers who had some
    came, gone: numbers of customers
    payers: number of customers at the end of the month
    """

    month: datetime
    opening: Money
    new: Money
    returned: Money
    grown: Money
    shrunk: Money
    lost: Money
    came: int
    gone: int
    payers: int

    @property
    def closing(self) -> Money:
        """Return the recurring revenue at the end of the month."""
        return self.opening + self.new + self.returned + self.grown - self.shrunk - self.lost


class Renewal(StrEnum):
    """Billing state of a subscription. The first four states make up the recurring revenue.

    RENEWS: charged automatically
    PAST_DUE: its charge failed and is being retried
    PAUSED: not charged for now
    CANCELED: runs until the end of the paid period
    TRIALING: in an unpaid trial
    PREPAID: paid manually, period by period
    """

    RENEWS = "renews"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCELED = "canceled"
    TRIALING = "trialing"
    PREPAID = "prepaid"


@dataclass(frozen=True, kw_only=True)
class CurrentRevenue:
    """Subscriptions in one billing state and currency, and their monthly value."""

    renewal: Renewal
    subscriptions: int
    monthly: Money


@dataclass(frozen=True, kw_only=True)
class RevenueForecast:
    """Automatic charges of the next thirty days in one currency. `trials`: first charges after a trial."""

    charges: int
    amount: Money
    trials: int
    trial_amount: Money


@dataclass(frozen=True, kw_only=True)
class Revenue:
    """Revenue less refunds in one month, by payment method and plan.

    payments: number of payments received
    plan_id: plan that the subscription had at the time
    """

    month: datetime
    provider: str
    plan_id: PlanId
    amount: Money
    payments: int


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Customers whose first payment was in one month. `kept`: number of these customers with a paid subscription, at
    the end of that month and of each later month.
    """

    month: datetime
    size: int
    kept: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """Customers who first wrote to the bot in a period, by source; the source is empty if unknown.

    `opened`: people who opened the source's link for the first time in the period, including earlier customers.
    """

    source: str
    opened: int = 0
    started: int
    paid: int
    joined: int


@dataclass(frozen=True, kw_only=True)
class Churn:
    """Number of subscriptions that ended in one month, for one combination of reasons.

    ended: end reason of the subscription
    reason: the customer's reason; empty if unknown
    """

    month: datetime
    ended: str
    reason: str
    count: int


@dataclass(frozen=True, kw_only=True)
class EntryTimes:
    """Time from payment to entry into personal channels, of the customers who entered in one month: median and 95th
    percentile.
    """

    month: datetime
    count: int
    median: timedelta
    most: timedelta


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """Cached result of a query, as JSON. `asked_at`: time of the last request for it."""

    question: str
    counted_at: datetime
    asked_at: datetime
    answer: str


HORIZON: Final = timedelta(days=30)
"""Period that `forecast` covers."""
OVERDUE: Final = timedelta(days=1)
"""Maximum delay of an expected charge that `forecast` still includes, because the charge is in progress."""


class FiguresRepository(Protocol):
    """Business figures calculated from stored data.

    edges: ascending timestamps: the beginning of each month and the end of the last one
    part: filter by plan and payment method. Money counts for the plan that the subscription had at the time, retention
        and churn for its current plan
    """

    async def recurring_revenue(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[RecurringRevenue]:
        """Return the recurring revenue per month and currency, sorted by month and then currency.

        Recurring revenue is the monthly price of every subscription that its provider charges automatically, from the
        customer's first payment until access ends. Trials and activation codes are not paid and do not count; prepaid
        periods do not recur. The price is the amount of each charge after promotions. A year counts as twelve months,
        52 weeks or 365 days, and half a minor unit is rounded up. Subscriptions that begin and end within one month are
        not visible. With a plan filter, a customer who changes to the plan counts as gained and one who changes from it
        as lost.
        """
        ...

    async def current_revenue(self, now: datetime, part: Part = ALL) -> Sequence[CurrentRevenue]:
        """Return the current recurring revenue by currency and billing state. Trials and prepaid subscriptions are
        listed separately. `now`: the present.
        """
        ...

    async def forecast(self, now: datetime, part: Part = ALL) -> Sequence[RevenueForecast]:
        """Return the automatic charges within the next thirty days, for each currency. Each charge of every period
        counts, at the price of the scheduled plan if there is a change. Subscriptions that are past due, canceled or
        paused without an end are left out.
        """
        ...

    async def revenue(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Revenue]:
        """Return the revenue by month, currency, provider and plan, the largest amount first within a month's
        currency.
        """
        ...

    async def cohorts(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Cohort]:
        """Return, for each month, the customers who first paid for a subscription of their own in it."""
        ...

    async def funnel(self, start: datetime, end: datetime) -> Sequence[Funnel]:
        """Return the funnel by source. The source with the most customers comes first."""
        ...

    async def churn(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Churn]:
        """Return the churn by month, the most frequent reason first."""
        ...

    async def entry_times(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[EntryTimes]:
        """Return the entry times by month, for the months in which customers entered."""
        ...

    async def customers(self) -> int:
        """Return the approximate number of customers, without counting them."""
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
