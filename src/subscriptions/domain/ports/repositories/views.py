"""How the business goes, counted from what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class PlanNumbers:
    """One plan: who has it now, and how many came and went since the beginning of the days asked for."""

    plan_id: PlanId
    active: int
    new: int
    lost: int


@dataclass(frozen=True, kw_only=True)
class DayNumbers:
    """One day. active: subscriptions at its end. earned: what came in less what went back, by currency."""

    day: datetime
    active: int
    new: int
    lost: int
    earned: tuple[Money, ...]


class NumbersRepository(Protocol):
    """Counts subscriptions that ever gave time; money is what was captured less what was given back."""

    async def plans(self, since: datetime) -> Sequence[PlanNumbers]:
        """By plan, those with the most active ones first; plans nobody has or had since then are left out."""
        ...

    async def days(self, edges: Sequence[datetime]) -> Sequence[DayNumbers]:
        """One for each stretch between two edges, which rise; a day is named by where it begins."""
        ...
