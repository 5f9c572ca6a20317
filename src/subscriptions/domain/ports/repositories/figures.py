"""How the business goes over months: what recurs, what came in and by which way, who stays, and why people leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class Recurring:
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


@dataclass(frozen=True, kw_only=True)
class Revenue:
    """What came in less what went back, by one way to pay for one plan. payments: how many came in. plan_id: the one
    that was had at that moment."""

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
    """Who first wrote to the bot in a span, by where they came from; empty where nobody said."""

    source: str
    started: int
    paid: int
    joined: int


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """Subscriptions that ended. ended: why, in our words; reason: why, in the customer's; empty where not told."""

    ended: str
    reason: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Entering:
    """From the payment until they were inside, of who entered a channel of their own: half of them, and 95 in 100."""

    count: int
    median: timedelta
    most: timedelta


class FiguresRepository(Protocol):
    """Counts from what is stored. edges: moments that rise, where months begin and the last one ends."""

    async def recurring(self, edges: Sequence[datetime]) -> Sequence[Recurring]:
        """For each month and each currency that ever recurred, months first, currencies in the order of their names.

        What recurs: the price, by the month, of every subscription that its provider renews, from when its trial is
        over until its access ends. A year is twelve months, 52 weeks or 365 days; half a cent is one. What comes and
        goes within a month is not seen.
        """
        ...

    async def revenue(self, since: datetime, until: datetime) -> Sequence[Revenue]:
        """By currency, provider and plan: the largest first within a currency."""
        ...

    async def cohorts(self, edges: Sequence[datetime]) -> Sequence[Cohort]:
        """For each month: who first had something paid in it."""
        ...

    async def funnel(self, since: datetime, until: datetime) -> Sequence[Funnel]:
        """By source, those that brought most first."""
        ...

    async def leaving(self, since: datetime, until: datetime) -> Sequence[Leaving]:
        """The commonest first."""
        ...

    async def entering(self, since: datetime, until: datetime) -> Entering | None:
        """None: nobody entered."""
        ...
