"""How the business goes, counted from what is stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class PlanNumbers:
    """One plan: who has it now, and how many came and went since the beginning of the days asked for."""

    plan_id: PlanId
    active: int
    new: int
    churn: int


@dataclass(frozen=True, kw_only=True)
class DayNumbers:
    """One day. active: subscriptions at its end. revenue: what came in less what went back, by currency."""

    day: datetime
    active: int
    new: int
    churn: int
    revenue: tuple[Money, ...]


class NumbersRepository(Protocol):
    """Counts subscriptions that ever gave time; money is what was captured less what was given back."""

    async def plans(self, start: datetime) -> Sequence[PlanNumbers]:
        """By plan, those with the most active ones first; plans nobody has or had since then are left out."""
        ...

    async def days(self, edges: Sequence[datetime]) -> Sequence[DayNumbers]:
        """One for each stretch between two edges, which rise; a day is named by where it begins."""
        ...


Row = Mapping[str, Any]
"""One line: its columns by name."""


class Stories(Protocol):
    """What happened with one customer."""

    async def story(self, customer_id: UUID, end: datetime, areas: Collection[str], limit: int) -> Sequence[Row]:
        """Its lines before a moment, the newest first: `at`, `area`, `kind`, `facts`. Raises RetryLater."""
        ...
