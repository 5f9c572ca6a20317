"""In-memory repository of bulk expiries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from subscriptions.domain.entities.access import MAY_ENTER, Access
from subscriptions.domain.entities.bulk_expiry import (
    OPEN,
    BulkExpiry,
    BulkExpiryDecision,
    BulkExpiryEntry,
    BulkExpiryStatus,
)
from subscriptions.domain.ids import BulkExpiryId, SubscriptionId
from tests.fakes.memory import Rows, Working


class MemoryBulkExpiries:
    """In-memory BulkExpiryRepository."""

    def __init__(self, working: Working) -> None:
        self._bulk_expiries: Rows[BulkExpiry] = Rows(working, "sweeps", lambda s: s.id)
        self._store: Rows[BulkExpiryEntry] = Rows(
            working,
            "swept",
            lambda s: (s.sweep_id, s.subscription_id),
            {"one_open_sweep_per_subscription": lambda s: s.subscription_id if s.state in OPEN else None},
        )
        self._decisions: Rows[BulkExpiryDecision] = Rows(working, "sweep_decisions", lambda d: (d.sweep_id, d.step))
        self._accesses: Rows[Access] = Rows(working, "accesses", lambda a: a.id)

    async def get(self, sweep_id: BulkExpiryId, *, lock: bool = False) -> BulkExpiry | None:
        return self._bulk_expiries.one(lambda s: s.id == sweep_id, lock=lock)

    async def with_status(self, status: BulkExpiryStatus) -> Sequence[BulkExpiry]:
        return self._bulk_expiries.many(lambda s: s.status is status, order=lambda s: (s.began_at, s.id))

    async def save(self, bulk_expiry: BulkExpiry) -> None:
        self._bulk_expiries.save(bulk_expiry)

    async def list_entries(self, sweep_id: BulkExpiryId) -> Sequence[BulkExpiryEntry]:
        return self._store.many(lambda s: s.sweep_id == sweep_id, order=lambda s: (s.ended_on, s.subscription_id))

    async def open_of(self, subscriptions: Iterable[SubscriptionId]) -> Mapping[SubscriptionId, BulkExpiryEntry]:
        wanted = set(subscriptions)
        found = self._store.many(lambda s: s.subscription_id in wanted and s.state in OPEN, order=_by_subscription)
        return {case.subscription_id: case for case in found}

    async def save_entries(self, cases: Sequence[BulkExpiryEntry]) -> None:
        for case in cases:
            self._store.save(case)

    async def decide(self, decision: BulkExpiryDecision) -> bool:
        return self._decisions.add_if_new(decision)

    async def decisions(self, sweep_id: BulkExpiryId) -> Sequence[BulkExpiryDecision]:
        return self._decisions.many(lambda d: d.sweep_id == sweep_id, order=lambda d: (d.at, d.step))

    async def people_with_access(self) -> int:
        return len({a.customer_id for a in self._accesses.all() if a.status in MAY_ENTER})


def _by_subscription(case: BulkExpiryEntry) -> SubscriptionId:
    return case.subscription_id
