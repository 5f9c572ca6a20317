"""Orders and their checkout attempts."""

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
    """Orders and their checkout attempts."""

    async def get(self, order_id: OrderId, *, lock: bool = False) -> Order | None: ...
    async def cause_of(self, reference: str | None) -> str | None:
        """What the press carried that opened the order, by our reference as a provider gives it back."""
        ...

    async def causes_of(self, references: Collection[str]) -> Mapping[str, str]:
        """The same for several, by reference, as far as there are such orders and they carry something."""
        ...

    async def open_for(
        self, customer_id: CustomerId, plan_id: PlanId, *, lock: bool = False, gift: bool = False
    ) -> Order | None:
        """The customer's open order for a plan, for themselves or as a gift; there is at most one of each."""
        ...

    async def gifts_of(self, customer_id: CustomerId, limit: int, *, offset: int = 0) -> Sequence[Order]:
        """What a customer paid for others, the last first. offset: so many of them are left out."""
        ...

    async def paid_since(self, customer_id: CustomerId, moment: datetime) -> Sequence[Order]:
        """What a customer paid for then or later, themselves or others, the last first."""
        ...

    async def open_of(self, customer_id: CustomerId, *, lock: bool = False) -> Sequence[Order]:
        """All open orders of a customer, the oldest first, whatever became of their plans."""
        ...

    async def add_if_new(self, order: Order) -> bool:
        """False: the customer has an open order of this kind for this plan already."""
        ...

    async def save(self, order: Order) -> None: ...
    async def list_due(self, now: datetime, limit: int) -> Sequence[Order]:
        """Open orders whose time is over, locked, those that nobody else is working on."""
        ...

    async def attempts(self, order_id: OrderId) -> Sequence[CheckoutAttempt]: ...
    async def attempt_by_session(self, provider: str, session_ref: str) -> CheckoutAttempt | None: ...
    async def save_attempt(self, attempt: CheckoutAttempt) -> None: ...
    async def open_attempts(
        self, customer_id: CustomerId, plan_id: PlanId, *, gift: bool = False
    ) -> Sequence[CheckoutAttempt]:
        """Those of all orders of a customer for a plan, or for it as a gift, that nobody closed, the oldest first."""
        ...

    async def list_since(
        self, customer_id: CustomerId, plan_id: PlanId, moment: datetime, *, gift: bool = False
    ) -> Sequence[Order]:
        """A customer's orders for a plan, or for it as a gift, that were opened then or later, the oldest first."""
        ...

    async def has_opened(self, plan_id: PlanId, provider: str, start: datetime) -> bool:
        """Whether a provider made a place to pay for this plan later than that, for whomever."""
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
        """What may have been paid at these providers: open checkouts made then or later, of orders that are open or
        expired, on which nothing was paid since; the newest first. order_id: of one order alone.
        """
        ...

    async def add_card(self, order_id: OrderId, message_id: int) -> None:
        """Remember a message that shows the way to pay among other things; repeating it changes nothing."""
        ...

    async def cards(self, order_id: OrderId) -> Sequence[int]:
        """Those messages, the oldest first."""
        ...
