"""In-memory repository of responses to disputes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from features.evidence.domain import DisputeResponse
from subscriptions.domain.ids import PaymentId
from tests.fakes.memory import Rows, Working


class MemoryResponses:
    """In-memory ResponseRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[DisputeResponse] = Rows(working, "dispute_responses", lambda r: r.dispute_id)

    async def get(self, dispute_id: UUID, *, lock: bool = False) -> DisputeResponse | None:
        return self._rows.one(lambda r: r.dispute_id == dispute_id, lock=lock)

    async def add_if_new(self, response: DisputeResponse) -> bool:
        return self._rows.add_if_new(response)

    async def save(self, response: DisputeResponse) -> None:
        self._rows.save(response)

    async def of_payments(self, payment_ids: Collection[PaymentId]) -> Sequence[DisputeResponse]:
        return self._rows.many(lambda r: r.payment_id in payment_ids, order=lambda r: r.offered_at)


REPOSITORIES = {"responses": MemoryResponses}
