"""Repositories of statistics for the panel and of customers' histories."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class PlanNumbers:
    """Statistics of one plan: the number of its active subscriptions now, and of those that began and ended in the
    requested period.
    """

    plan_id: PlanId
    active: int
    new: int
    churn: int


@dataclass(frozen=True, kw_only=True)
class DayNumbers:
    """Statistics of one day.

    active: number of live subscriptions at the end of the day
    revenue: payments less refunds, one amount per currency
    """

    day: datetime
    active: int
    new: int
    churn: int
    revenue: tuple[Money, ...]


class NumbersRepository(Protocol):
    """Statistics of subscriptions that ever gave access time; revenue is captured payments less refunds."""

    async def plans(self, start: datetime) -> Sequence[PlanNumbers]:
        """Return the statistics per plan, the plan with the most active subscriptions first. Plans without a live,
        new or ended subscription since `start` are left out.
        """
        ...

    async def days(self, edges: Sequence[datetime]) -> Sequence[DayNumbers]:
        """Return the statistics of each day. `edges`: ascending times; a day lasts from one to the next."""
        ...


Row = Mapping[str, Any]
"""Row of a query, by column name."""


class Stories(Protocol):
    """Read access to customers' histories."""

    async def story(self, customer_id: UUID, end: datetime, areas: Collection[str], limit: int) -> Sequence[Row]:
        """Return the customer's history before `end` as rows with the columns `at`, `area`, `kind` and `facts`, the
        newest first. Raise RetryLater for a temporary database error.

        areas: areas to include, such as `money` or `messages`
        """
        ...
