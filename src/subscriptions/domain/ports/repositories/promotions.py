"""Promotion codes, who holds them, and which orders were paid by them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.promotion import Promotion, PromotionUse
from subscriptions.domain.ids import CustomerId, OrderId, PlanId, PromotionId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class PromotionRepository(Protocol):
    """What purchases may cost less by."""

    async def get(self, promotion_id: PromotionId, *, lock: bool = False) -> Promotion | None: ...
    async def by_code(self, code: str) -> Promotion | None: ...
    async def by_letters(self, letters: str) -> Sequence[Promotion]:
        """Return those whose code has these letters and digits, whatever hyphens it has; at most two."""
        ...

    async def codes(self, *, shortest: int, longest: int) -> Sequence[str]:
        """Return the newest codes of such a length, at most a thousand."""
        ...

    async def add_if_new(self, promotion: Promotion) -> bool:
        """False: there is one of this code."""
        ...

    async def save(self, promotion: Promotion) -> None: ...
    async def claim(self, promotion_id: PromotionId, customer_id: CustomerId, now: datetime) -> None:
        """They came with it; repeating it changes nothing."""
        ...

    async def claimed_by(self, customer_id: CustomerId) -> Sequence[Promotion]:
        """Those somebody came with and nobody stopped, the last first."""
        ...

    async def used_by(self, promotion_id: PromotionId, customer_id: CustomerId) -> bool:
        """Whether they paid by it once."""
        ...

    async def used(self, customer_id: CustomerId) -> set[PromotionId]:
        """All that they paid by."""
        ...

    async def used_for(self, promotion_id: PromotionId, customer_id: CustomerId, plan_id: PlanId) -> bool:
        """Whether they paid for this plan by it once."""
        ...

    async def count_taken(
        self,
        promotion_id: PromotionId,
        now: datetime,
        *,
        apart_from: Collection[OrderId] = (),
        customer_id: CustomerId | None = None,
    ) -> int:
        """How many orders were paid by it, and how many open ones have a page that may be. customer_id: of this
        customer alone.
        """
        ...

    async def reserve(self, promotion: Promotion, order: Order, now: datetime) -> bool:
        """Keep a use for the order; repeating it changes nothing. What was kept for pages that can be paid no more is
        free again. The promotion's row is locked. False: every place is taken, or its customer has the one they may.
        """
        ...

    async def is_reserved(self, promotion_id: PromotionId, order_id: OrderId) -> bool:
        """Whether a use is kept for the order."""
        ...

    async def add_use(self, use: PromotionUse) -> None:
        """Once an order."""
        ...

    async def use_of(self, order_id: OrderId) -> PromotionUse | None: ...


PROMOTIONS_KEY: Final = RepositoryKey["PromotionRepository"]("promotions")
