"""Repository of facts from which the timeline is computed and that no other table stores."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.entities.hold import Hold, HoldReason
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.ids import PaymentId, SubscriptionId
from subscriptions.domain.ports.payment_facts import SubscriptionSnapshot
from subscriptions.domain.ports.repositories.key import RepositoryKey


def is_repeated(snapshot: SubscriptionSnapshot, earlier: SubscriptionSnapshot) -> bool:
    """Return True if a snapshot reports nothing that the one before it did not. A response without the next charge,
    such as a list, does not contradict an earlier one that contains it.
    """
    upcoming = snapshot.upcoming
    if upcoming is None:
        upcoming = earlier.upcoming
    elif earlier.upcoming is not None:
        upcoming = replace(upcoming, learned_at=earlier.upcoming.learned_at)
    return replace(snapshot, fetched_at=earlier.fetched_at, upcoming=upcoming) == earlier


def without_identity(snapshot: SubscriptionSnapshot) -> SubscriptionSnapshot:
    """Return the snapshot without the ids of its customer and order."""
    return replace(snapshot, customer_ref=None, telegram_id=None, order_id=None)


class FactRepository(Protocol):
    """Store of the provider's reports, of holds and of requests for refunds. Reports are never changed; a hold is
    changed once, when it ends.
    """

    async def report(self, subscription_id: SubscriptionId, snapshot: SubscriptionSnapshot) -> None:
        """Store a snapshot without the ids of its customer and order, unless it repeats the one before it."""
        ...

    async def reports_of(self, subscription_id: SubscriptionId) -> Sequence[SubscriptionSnapshot]:
        """Return a subscription's stored snapshots, the oldest first. Those fetched at the same moment are in the order
        in which they were stored.
        """
        ...

    async def hold(self, subscription_id: SubscriptionId, reason: HoldReason, since: datetime, cause: str) -> None:
        """Store the beginning of a hold, unless the subscription has an open hold for this reason.

        `cause`: key of the staff operation or of the ban
        """
        ...

    async def release(self, subscription_id: SubscriptionId, reason: HoldReason, until: datetime) -> None:
        """Store the end of the open hold for this reason, if there is one."""
        ...

    async def holds_of(self, subscription_id: SubscriptionId) -> Sequence[Hold]:
        """Return a subscription's holds, the oldest first."""
        ...

    async def ask(self, request: RefundRequest) -> bool:
        """Store a request for a refund. Return False if a request with its operation is stored."""
        ...

    async def requests_of(self, payment_id: PaymentId, *, lock: bool = False) -> Sequence[RefundRequest]:
        """Return the requests for refunds of a payment, the oldest first. `lock`: prevent changes by others."""
        ...

    async def save_request(self, request: RefundRequest) -> None:
        """Overwrite a request. Raises RetryLater if another request is answered by its refund."""
        ...


FACTS_KEY: Final = RepositoryKey["FactRepository"]("facts")
