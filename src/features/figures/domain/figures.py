"""Monthly business figures: recurring revenue, revenue by payment method, retention and churn."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class Part:
    """Filter of the figures by plan and payment method; None and empty select all."""

    plan_id: PlanId | None = None
    provider: str = ""


ALL: Final = Part()


@dataclass(frozen=True, kw_only=True)
class RecurringRevenue:
    """Monthly recurring revenue in one currency, and its changes during one month.

    opening: revenue at the beginning of the month
    new: revenue from customers without any earlier recurring revenue
    returned: revenue from customers with recurring revenue earlier, but none at the beginning of the month
    grown, shrunk, lost: changes in the revenue of customers who had some at the beginning of the month
    came, gone: numbers of customers gained and lost
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
    """Billing state of a subscription. The first state makes up the recurring revenue.

    RENEWS: charged again automatically
    PAST_DUE: its charge failed and is being retried
    PAUSED: paused or suspended, or the provider announced that it charges nothing more for now
    CANCELED: runs until the end of the paid period, and is not charged again
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
    """Customers whose first payment was in one month. `kept`: how many of them had a paid subscription at the end of
    that month and of each later month.
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

    ended: end reason recorded for the subscription
    reason: reason that the customer gave; empty if unknown
    """

    month: datetime
    ended: str
    reason: str
    count: int


@dataclass(frozen=True, kw_only=True)
class EntryTimes:
    """Time between payment and joining a personal channel, as median and 95th percentile, for the customers who joined
    in one month.
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
