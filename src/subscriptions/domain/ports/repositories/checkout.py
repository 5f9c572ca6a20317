"""Repository of orders and their checkout attempts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.ids import (
    CustomerId,
    OrderId,
    PlanId,
)


class OrderRepository(Protocol):
    """Repository of orders and their checkout attempts."""

    async def get(self, order_id: OrderId, *, lock: bool = False) -> Order | None: ...
    async def with_ids(self, order_ids: Collection[OrderId]) -> Sequence[Order]:
        """Return the orders with these ids."""
        ...

    async def cause_of(self, reference: str | None) -> str | None:
        """Return the trace id of the request that opened an order; None if the order or the trace id is unknown.
        `reference`: Umbral's order reference, as returned by the provider.
        """
        ...

    async def causes_of(self, references: Collection[str]) -> Mapping[str, str]:
        """Return the trace ids of the requests that opened the orders, keyed by order reference. References without an
        order or a trace are left out.
        """
        ...

    async def open_for(
        self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False, for_another: bool = False
    ) -> Order | None:
        """Return the customer's open order for a plan, either for themselves or as a gift; None if there is none. There
        is at most one of each.
        """
        ...

    async def paid_since(self, customer_id: CustomerId, moment: datetime) -> Sequence[Order]:
        """Return the orders that a customer paid since `moment`, including gifts, the newest first."""
        ...

    async def open_of(self, customer_id: CustomerId, *, lock: bool = False) -> Sequence[Order]:
        """Return all open orders of a customer, the oldest first, including orders for plans that are no longer
        offered.
        """
        ...

    async def add_if_new(self, order: Order) -> bool:
        """Add an order. Return False if the customer has an open order of this kind for this plan already."""
        ...

    async def save(self, order: Order) -> None: ...
    async def list_due(self, now: datetime, limit: int) -> Sequence[Order]:
        """Lock and return up to `limit` open orders whose deadline for payment has passed. Orders that another process
        has locked are skipped.
        """
        ...

    async def attempts(self, order_id: OrderId) -> Sequence[CheckoutAttempt]: ...
    async def attempt_by_session(self, provider: str, session_ref: str) -> CheckoutAttempt | None: ...
    async def save_attempt(self, attempt: CheckoutAttempt) -> None: ...
    async def open_attempts(
        self, customer_id: CustomerId, plan_id: PlanId, *, for_another: bool = False
    ) -> Sequence[CheckoutAttempt]:
        """Return the open attempts of all orders of the customer for a plan, or for the plan as a gift, the oldest
        first.
        """
        ...

    async def list_since(
        self, customer_id: CustomerId, plan_id: PlanId, moment: datetime, *, for_another: bool = False
    ) -> Sequence[Order]:
        """Return the customer's orders for a plan, or for the plan as a gift, opened since `moment`, the oldest
        first.
        """
        ...

    async def has_opened(self, plan_id: PlanId, provider: str, start: datetime) -> bool:
        """Return True if a provider created a checkout for this plan after `start`, for any customer."""
        ...

    async def to_confirm(
        self,
        providers: Collection[str],
        start: datetime,
        *,
        limit: int,
        offset: int = 0,
        order_id: OrderId | None = None,
    ) -> Sequence[CheckoutAttempt]:
        """Return the checkouts at these providers that may have been paid: open, created since `start`, of orders that
        are open or expired, and without a later payment; the newest first.

        `order_id`: restricts the result to one order.
        """
        ...

    async def add_card(self, order_id: OrderId, message_id: int) -> None:
        """Record a status message (a card) that contains the order's payment link. A repeated call changes nothing."""
        ...

    async def forget_message(self, customer_id: CustomerId, message_id: int) -> None:
        """Delete the records of a message that no longer contains a payment link: those of checkouts and status
        messages of all the customer's orders, open or not.
        """
        ...

    async def cards(self, order_id: OrderId) -> Sequence[int]:
        """Return the ids of the recorded status messages with the order's payment link, the oldest first."""
        ...
