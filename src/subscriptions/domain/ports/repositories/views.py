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
    """Numbers of one plan: its live subscriptions now, and those that began and ended in the requested period."""

    plan_id: PlanId
    active: int
    new: int
    churn: int


@dataclass(frozen=True, kw_only=True)
class DayNumbers:
    """Numbers of one day.

    active: live subscriptions at its end
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
        """Return the numbers per plan, the plan with the most live subscriptions first. Plans without a live, new or
        ended subscription since `start` are omitted.
        """
        ...

    async def days(self, edges: Sequence[datetime]) -> Sequence[DayNumbers]:
        """Return the numbers of each day between two consecutive edges, which ascend; a day is identified by its
        beginning.
        """
        ...


Row = Mapping[str, Any]
"""Row of a query, by column name."""


class Stories(Protocol):
    """Histories of customers."""

    async def story(self, customer_id: UUID, end: datetime, areas: Collection[str], limit: int) -> Sequence[Row]:
        """Return the customer's history before `end`, the newest line first: `at`, `area`, `kind`, `facts`. Raises
        RetryLater.
        """
        ...
