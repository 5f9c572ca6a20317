"""What the guard over removals asks of the database."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from subscriptions.domain.entities.sweep import Sweep, SweepDecision, SweepEntry, SweepStatus
from subscriptions.domain.ids import SubscriptionId, SweepId


class SweepRepository(Protocol):
    """Sweeps, who is in them, and what owners said."""

    async def get(self, sweep_id: SweepId, *, lock: bool = False) -> Sweep | None: ...
    async def with_status(self, status: SweepStatus) -> Sequence[Sweep]:
        """The oldest first."""
        ...

    async def save(self, sweep: Sweep) -> None: ...
    async def list_swept(self, sweep_id: SweepId) -> Sequence[SweepEntry]:
        """Everybody in it, in a fixed order, whatever became of them."""
        ...

    async def open_of(self, subscriptions: Iterable[SubscriptionId]) -> Mapping[SubscriptionId, SweepEntry]:
        """The one case of each subscription that is still open."""
        ...

    async def save_swept(self, cases: Sequence[SweepEntry]) -> None:
        """Add each, or write over it. Raises RetryLater where a subscription has another open case."""
        ...

    async def decide(self, decision: SweepDecision) -> bool:
        """False: this step of this sweep was decided before."""
        ...

    async def decisions(self, sweep_id: SweepId) -> Sequence[SweepDecision]:
        """What was said about it, in order."""
        ...

    async def people_with_access(self) -> int:
        """How many people have access now."""
        ...
