"""Helpers for orders that are paid by partial payments."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from tests.fakes.shop import Shop

ONCE = {"recurring": False, "interval": None, "duration_days": 30, "price": Money(2999, "USD")}
PRICE, PART, REST = Money(2999, "USD"), Money(2679, "USD"), Money(320, "USD")


async def page(shop: Shop, buyer: Customer, plan: ServicePlan, method: str = "coins") -> str:
    """Open a checkout and return the provider's session reference."""
    view = await shop.start(buyer.telegram_id, plan.soft_id, method)
    counter = shop.coins if method == "coins" else shop.stars
    return next(ref for ref in counter.checkouts if view.url.endswith(ref))


async def order_of(shop: Shop, buyer: Customer, plan: ServicePlan) -> Order:
    """Return the buyer's newest order of the plan."""
    async with shop.units() as uow:
        orders = await uow.orders.list_since(buyer.id, plan.id, shop.clock.now() - timedelta(days=99))
    return orders[-1]
