"""In-memory repository of the customers referred by a link."""

from __future__ import annotations

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import CustomerId
from tests.fakes.memory import Rows, Working


class MemoryReferrals:
    """In-memory ReferralRepository."""

    def __init__(self, working: Working) -> None:
        self._customers: Rows[Customer] = Rows(working, "customers", lambda c: c.id)

    async def count_of(self, customer_id: CustomerId) -> tuple[int, int]:
        came = [c for c in self._customers.all() if c.referrer_id == customer_id]
        return len(came), sum(c.brought_payment_id is not None for c in came)


REPOSITORIES = {"referrals": MemoryReferrals}
