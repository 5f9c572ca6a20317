"""How the business goes over months: what recurs, what came in and by which way, who stays, and why people leave."""

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
    """What of the business is looked at: one plan, one way to pay; None and empty stand for all of them."""

    plan_id: PlanId | None = None
    provider: str = ""


ALL: Final = Part()


@dataclass(frozen=True, kw_only=True)
class RecurringRevenue:
    """What recurs each month in one currency, and how that changed in one month.

    opening: where the month began. new: of customers who never had any in it before. returned: of those who had, and
    had none where it began. grown, shrunk, lost: of those who had some. came, gone: how many customers; payers: at its
    end.
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
        """Where the month ended."""
        return self.opening + self.new + self.returned + self.grown - self.shrunk - self.lost


class Renewal(StrEnum):
    """How what recurs stands. renews: charged again by itself. past_due: its charge failed and is being tried again.
    paused: charged nothing for now. canceled: runs on until what is paid is over. These four make up what recurs.

    trialing: in a trial that nothing was paid for yet. prepaid: paid period by period, by hand.
    """

    RENEWS = "renews"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCELED = "canceled"
    TRIALING = "trialing"
    PREPAID = "prepaid"


@dataclass(frozen=True, kw_only=True)
class CurrentRevenue:
    """Subscriptions in one state and currency at this moment, and what they come to by the month."""

    renewal: Renewal
    subscriptions: int
    monthly: Money


@dataclass(frozen=True, kw_only=True)
class RevenueForecast:
    """Charges by themselves of the next thirty days in one currency. trials: those that would be a trial's first."""

    charges: int
    amount: Money
    trials: int
    trial_amount: Money


@dataclass(frozen=True, kw_only=True)
class Revenue:
    """What came in less what went back in one month, by one way to pay for one plan. payments: how many came in.
    plan_id: the one that was had at that moment."""

    month: datetime
    provider: str
    plan_id: PlanId
    amount: Money
    payments: int


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Customers who first paid in one month. kept: how many of them have something paid at its end, and at each later
    month's end."""

    month: datetime
    size: int
    kept: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """Who first wrote to the bot in a span, by where they came from; empty where nobody said.

    opened: who opened that link at first then, also of those who had written before.
    """

    source: str
    opened: int = 0
    started: int
    paid: int
    joined: int


@dataclass(frozen=True, kw_only=True)
class Churn:
    """Subscriptions that ended in one month. ended: why, in our words; reason: why, in the customer's; empty where not
    told."""

    month: datetime
    ended: str
    reason: str
    count: int


@dataclass(frozen=True, kw_only=True)
class EntryTimes:
    """From the payment until they were inside, of who entered a channel of their own in one month: half of them, and 95
    in 100."""

    month: datetime
    count: int
    median: timedelta
    most: timedelta


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """What was counted for a question, as JSON. asked_at: when somebody last wanted to know."""

    question: str
    counted_at: datetime
    asked_at: datetime
    answer: str


HORIZON: Final = timedelta(days=30)
"""How far `forecast` looks."""
OVERDUE: Final = timedelta(days=1)
"""How late a charge may be that is expected all the same: it is being made."""


class FiguresRepository(Protocol):
    """Counts from what is stored. edges: moments that rise, where months begin and the last one ends. part: of which
    plan, by which way to pay; the plan as it was then for money, as it is now for who stays and leaves."""

    async def recurring_revenue(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[RecurringRevenue]:
        """For each month and each currency that ever recurred, months first, currencies in the order of their names.

        What recurs: the price, by the month, of every subscription that its provider charges by itself, from its
        customer's first payment until its access ends: a trial and a code are not paid for, and what is paid period by
        period, by hand, does not recur. The price is what is charged each time, a promotion taken off. A year is twelve
        months, 52 weeks or 365 days; half a cent is one. What comes and goes within a month is not seen. Of one plan,
        who changes to it comes, and who changes from it goes.
        """
        ...

    async def current_revenue(self, now: datetime, part: Part = ALL) -> Sequence[CurrentRevenue]:
        """How what recurs stands at a moment, which is the present one, by currency and then state; beside it, apart,
        trials and what is paid period by period.
        """
        ...

    async def forecast(self, now: datetime, part: Part = ALL) -> Sequence[RevenueForecast]:
        """What providers will charge by themselves within thirty days, by currency: each charge of every period, at the
        price of the plan it goes over to where it does. Nothing of what is past due, canceled, or rests without an end.
        """
        ...

    async def revenue(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Revenue]:
        """By month, currency, provider and plan: the largest first within a month's currency."""
        ...

    async def cohorts(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Cohort]:
        """For each month: who first paid for something of their own in it."""
        ...

    async def funnel(self, start: datetime, end: datetime) -> Sequence[Funnel]:
        """By source, those that brought most first."""
        ...

    async def churn(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[Churn]:
        """By month, the commonest first."""
        ...

    async def entry_times(self, edges: Sequence[datetime], part: Part = ALL) -> Sequence[EntryTimes]:
        """By month, where anybody entered."""
        ...

    async def customers(self) -> int:
        """About how many there are, without counting them."""
        ...

    async def kept_answer(self, question: str) -> KeptAnswer | None:
        """What was counted for it."""
        ...

    async def keep(self, answer: KeptAnswer) -> None:
        """In the place of what was kept for the same question. It was never asked for earlier than it was before."""
        ...

    async def oldest(self) -> KeptAnswer | None:
        """What was counted longest ago."""
        ...

    async def forget(self, cutoff: datetime) -> None:
        """Keep nothing that was last asked for before a moment."""
        ...


FIGURES_KEY: Final = RepositoryKey["FiguresRepository"]("figures")
