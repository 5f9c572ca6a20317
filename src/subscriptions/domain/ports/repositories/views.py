"""How the business goes, counted from what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

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


class Place(NamedTuple):
    """Where in a list, the newest first, something stands."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, kw_only=True)
class CustomerEntry:
    """One customer as a list shows them. plans: soft ids of what counts now."""

    id: UUID
    created_at: datetime
    first_name: str
    username: str | None
    plans: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class CodeEntry:
    """One activation code as a list shows it. prefix: what stays readable of it; plan: its soft id."""

    id: UUID
    created_at: datetime
    prefix: str
    plan: str
    campaign: str
    expires_at: datetime
    used_at: datetime | None
    joined_at: datetime | None
    revoked_at: datetime | None


class Listings(Protocol):
    """Lists for programs. Each raises RetryLater."""

    async def customers(self, after: Place, limit: int) -> Sequence[CustomerEntry]:
        """Those that stand behind a place, the newest first."""
        ...

    async def codes(self, after: Place, limit: int) -> Sequence[CodeEntry]:
        """Those that stand behind a place, the newest first."""
        ...
