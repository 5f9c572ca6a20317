"""Repository of promotions, their claims, reservations and uses."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.promotion import Promotion, PromotionUse
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, PromotionId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class PromotionRepository(Protocol):
    """Repository of promotions."""

    async def get(self, promotion_id: PromotionId, *, lock: bool = False) -> Promotion | None: ...
    async def by_code(self, code: str) -> Promotion | None: ...
    async def by_letters(self, letters: str) -> Sequence[Promotion]:
        """Return the promotions whose code has these letters and digits, ignoring hyphens; at most two."""
        ...

    async def codes(self, *, shortest: int, longest: int) -> Sequence[str]:
        """Return up to a thousand of the newest codes with a length between `shortest` and `longest`."""
        ...

    async def add_if_new(self, promotion: Promotion) -> bool:
        """Add a promotion. Return False if one with this code exists."""
        ...

    async def save(self, promotion: Promotion) -> None: ...
    async def claim(self, promotion_id: PromotionId, customer_id: CustomerId, now: datetime) -> None:
        """Record that a customer claimed a promotion. Repeating the call changes nothing."""
        ...

    async def claimed_by(self, customer_id: CustomerId) -> Sequence[Promotion]:
        """Return the promotions that the customer claimed and that are not stopped, the newest claim first."""
        ...

    async def used_by(self, promotion_id: PromotionId, customer_id: CustomerId) -> bool:
        """Return whether the customer has paid with this promotion."""
        ...

    async def used(self, customer_id: CustomerId) -> set[PromotionId]:
        """Return all promotions that the customer has paid with."""
        ...

    async def used_for(self, promotion_id: PromotionId, customer_id: CustomerId, plan_id: PlanId) -> bool:
        """Return whether the customer has paid for this plan with this promotion."""
        ...

    async def count_taken(
        self,
        promotion_id: PromotionId,
        now: datetime,
        *,
        apart_from: Collection[OrderId] = (),
        customer_id: CustomerId | None = None,
    ) -> int:
        """Return the number of orders paid with the promotion plus the number of open orders with a payable checkout
        that uses it.

        customer_id: counts this customer's orders only
        """
        ...

    async def reserve(self, promotion: Promotion, order: Order, now: datetime) -> bool:
        """Reserve a use for the order, and release the reservations whose checkouts can no longer be paid. Repeating
        the call changes nothing. The promotion's row must be locked. Return False if all uses are taken or the customer
        has used their only one.
        """
        ...

    async def is_reserved(self, promotion_id: PromotionId, order_id: OrderId) -> bool:
        """Return whether a use is reserved for the order."""
        ...

    async def add_use(self, use: PromotionUse) -> None:
        """Record a use, once per order."""
        ...

    async def use_of(self, order_id: OrderId) -> PromotionUse | None: ...


PROMOTIONS_KEY: Final = RepositoryKey["PromotionRepository"]("promotions")
