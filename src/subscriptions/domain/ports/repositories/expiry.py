"""Repository of bulk expiries."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from subscriptions.domain.entities.sweep import Sweep, SweepDecision, SweepEntry, SweepStatus
from subscriptions.domain.ids import SubscriptionId, SweepId


class SweepRepository(Protocol):
    """Repository of bulk expiries, their entries and the owners' decisions."""

    async def get(self, sweep_id: SweepId, *, lock: bool = False) -> Sweep | None: ...
    async def with_status(self, status: SweepStatus) -> Sequence[Sweep]:
        """Return the bulk expiries with a status, the oldest first."""
        ...

    async def save(self, sweep: Sweep) -> None: ...
    async def list_swept(self, sweep_id: SweepId) -> Sequence[SweepEntry]:
        """Return all entries of a bulk expiry in a fixed order, whatever their result."""
        ...

    async def open_of(self, subscriptions: Iterable[SubscriptionId]) -> Mapping[SubscriptionId, SweepEntry]:
        """Return the open entry of each subscription that has one."""
        ...

    async def save_swept(self, cases: Sequence[SweepEntry]) -> None:
        """Add or overwrite entries. Raises RetryLater if a subscription has another open entry."""
        ...

    async def decide(self, decision: SweepDecision) -> bool:
        """Record a decision. Return False if this step of the bulk expiry was decided before."""
        ...

    async def decisions(self, sweep_id: SweepId) -> Sequence[SweepDecision]:
        """Return the owners' decisions about a bulk expiry, in order."""
        ...

    async def people_with_access(self) -> int:
        """Return the number of customers who have access now."""
        ...
