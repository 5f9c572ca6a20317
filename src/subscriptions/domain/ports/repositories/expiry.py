"""Repository of bulk expiries: many removals at once, which may have to wait for an owner's approval."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from subscriptions.domain.entities.bulk_expiry import BulkExpiry, BulkExpiryDecision, BulkExpiryEntry, BulkExpiryStatus
from subscriptions.domain.ids import BulkExpiryId, SubscriptionId


class BulkExpiryRepository(Protocol):
    """Repository of bulk expiries, their entries and the owners' decisions."""

    async def get(self, sweep_id: BulkExpiryId, *, lock: bool = False) -> BulkExpiry | None: ...
    async def with_status(self, status: BulkExpiryStatus) -> Sequence[BulkExpiry]:
        """Return the bulk expiries with this status, the oldest first."""
        ...

    async def save(self, bulk_expiry: BulkExpiry) -> None: ...
    async def list_entries(self, sweep_id: BulkExpiryId) -> Sequence[BulkExpiryEntry]:
        """Return all entries of a bulk expiry in a fixed order, whatever their result."""
        ...

    async def open_of(self, subscriptions: Iterable[SubscriptionId]) -> Mapping[SubscriptionId, BulkExpiryEntry]:
        """Return the open entry of each subscription that has one."""
        ...

    async def save_entries(self, cases: Sequence[BulkExpiryEntry]) -> None:
        """Add or overwrite entries. Raise RetryLater if a subscription has another open entry."""
        ...

    async def decide(self, decision: BulkExpiryDecision) -> bool:
        """Record an owner's decision. Return False if this step of the bulk expiry has already been decided."""
        ...

    async def decisions(self, sweep_id: BulkExpiryId) -> Sequence[BulkExpiryDecision]:
        """Return the owners' decisions about a bulk expiry, the oldest first."""
        ...

    async def people_with_access(self) -> int:
        """Return the number of customers who have access now."""
        ...
