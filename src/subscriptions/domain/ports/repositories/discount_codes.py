"""Repository of discount codes, their claims, reservations and uses."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.entities.discount_code import DiscountCode, DiscountUse
from subscriptions.domain.entities.order import Order
from subscriptions.domain.ids import CustomerId, DiscountCodeId, OrderId, PlanId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class DiscountRepository(Protocol):
    """Repository of discount codes."""

    async def get(self, discount_code_id: DiscountCodeId, *, lock: bool = False) -> DiscountCode | None: ...
    async def by_code(self, code: str) -> DiscountCode | None: ...
    async def by_letters(self, letters: str) -> Sequence[DiscountCode]:
        """Return the discount codes that consist of these letters and digits if hyphens and underscores are ignored; at
        most two.
        """
        ...

    async def codes(self, *, shortest: int, longest: int) -> Sequence[str]:
        """Return the newest codes whose length is between `shortest` and `longest` characters, up to a thousand."""
        ...

    async def add_if_new(self, discount_code: DiscountCode) -> bool:
        """Add a discount code. Return False if one with this code exists."""
        ...

    async def save(self, discount_code: DiscountCode) -> None: ...
    async def claim(self, discount_code_id: DiscountCodeId, customer_id: CustomerId, now: datetime) -> None:
        """Record that a customer claimed a discount code. A repeated call changes nothing."""
        ...

    async def claimed_by(self, customer_id: CustomerId) -> Sequence[DiscountCode]:
        """Return the discount codes that the customer claimed and that are not stopped, the newest claim first."""
        ...

    async def used_by(self, discount_code_id: DiscountCodeId, customer_id: CustomerId) -> bool:
        """Return True if the customer has paid with this discount code."""
        ...

    async def used(self, customer_id: CustomerId) -> set[DiscountCodeId]:
        """Return the ids of all discount codes with which the customer has paid."""
        ...

    async def used_for(self, discount_code_id: DiscountCodeId, customer_id: CustomerId, plan_id: PlanId) -> bool:
        """Return True if the customer has paid for this plan with this discount code."""
        ...

    async def count_taken(
        self,
        discount_code_id: DiscountCodeId,
        now: datetime,
        *,
        apart_from: Collection[OrderId] = (),
        customer_id: CustomerId | None = None,
    ) -> int:
        """Return the number of orders paid with the code plus the number of open orders with a payable checkout that
        uses the code.

        apart_from: orders that are not counted
        customer_id: counts only the orders of this customer
        """
        ...

    async def reserve(self, discount_code: DiscountCode, order: Order, now: datetime) -> bool:
        """Reserve a use of the code for the order, and release the reservations whose checkouts can no longer be paid.
        A repeated call changes nothing. The caller must hold the lock of the code's row. Return False if all uses are
        taken or the customer may use the code only once and has done so.
        """
        ...

    async def is_reserved(self, discount_code_id: DiscountCodeId, order_id: OrderId) -> bool:
        """Return True if a use of the code is reserved for the order."""
        ...

    async def add_use(self, use: DiscountUse) -> None:
        """Record the use of a discount code by a paid order. There is one use per order."""
        ...

    async def use_of(self, order_id: OrderId) -> DiscountUse | None: ...


DISCOUNTS_KEY: Final = RepositoryKey["DiscountRepository"]("discounts")
