"""Check that a plan's price objects are created automatically at each provider that supports them."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.application.catalog.sync_prices import SyncPrices
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import PlanId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayRejected, PriceRequest
from tests.fakes.gateway import MemoryGateways
from tests.fakes.provider import Provider
from tests.fakes.shop import Shop


class PriceMaker(Provider):
    """Provider with price objects. errors: raised by the next calls."""

    errors: Sequence[UmbralError] = ()

    async def ensure_price(self, request: PriceRequest) -> str:
        """Return one reference per plan and amount."""
        if self.errors:
            error, *self.errors = self.errors
            raise error
        return f"{self.name}:{request.plan}:{request.amount.minor}"


async def test_plan_price_is_created_at_every_provider_that_uses_price_objects(shop: Shop):
    first, second, plain = PriceMaker(shop.clock, name="first"), PriceMaker(shop.clock, name="second"), shop.provider
    sync = SyncPrices(shop.units, MemoryGateways({"first": first, "second": second, "acme": plain}), "Umbral")
    plan = await shop.plan(soft_id="vip", price=Money(999, "USD"))
    await sync.plan(plan.id)
    async with shop.units() as uow:
        for name in ("first", "second"):
            price = await uow.plans.price_at(plan.id, name)
            assert price is not None
            assert price.external_price_id == f"{name}:vip:999"
        assert await uow.plans.price_at(plan.id, "acme") is None


async def test_refusal_by_one_provider_does_not_stop_the_price_sync_with_other_providers(shop: Shop):
    first, second = PriceMaker(shop.clock, name="first"), PriceMaker(shop.clock, name="second")
    first.errors = [GatewayRejected("first", "no such currency")]
    sync = SyncPrices(shop.units, MemoryGateways({"first": first, "second": second}), "Umbral")
    plan = await shop.plan(soft_id="vip")
    await sync.plan(plan.id)
    async with shop.units() as uow:
        assert await uow.plans.price_at(plan.id, "second") is not None
    assert await shop.alarms() == ["plan_without_price"]


async def test_missing_or_inactive_plan_gets_no_price(shop: Shop):
    maker = PriceMaker(shop.clock, name="first")
    sync = SyncPrices(shop.units, MemoryGateways({"first": maker}), "Umbral")
    off = await shop.plan(active=False)
    await sync.plan(off.id)
    await sync.plan(PlanId(new_uuid()))
    async with shop.units() as uow:
        assert await uow.plans.price_at(off.id, "first") is None
