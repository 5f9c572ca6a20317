"""Check that a plan's price objects are created automatically at each provider that supports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.catalog.sync_prices import SyncPrices
from subscriptions.application.checkout.purchase_terms import NoPaymentMethod
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import PlanId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRejected, GatewayUnavailable, PriceRequest
from tests.fakes.gateway import MemoryGateways
from tests.fakes.provider import Provider
from tests.fakes.shop import Shop


class PriceMaker(Provider):
    """Provider with price objects. errors: raised by the next calls."""

    errors: Sequence[UmbralError] = ()
    faults: Mapping[str, str] = {}

    async def find_price_fault(self, reference: str) -> str | None:
        """Return the fault of the price, or raise the next error."""
        if self.errors:
            error, *self.errors = self.errors
            raise error
        return self.faults.get(reference)

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


async def test_method_is_offered_only_while_its_provider_accepts_the_price(shop: Shop):
    maker = PriceMaker(shop.clock, name="acme")
    maker.capabilities |= {Capability.PRICE_OBJECTS}
    shop.gateways.gateways = {"acme": maker, "coins": PriceMaker(shop.clock, name="coins")}
    sync = SyncPrices(shop.units, shop.gateways, "Umbral")
    ana, plan = await shop.customer(), await shop.plan(soft_id="vip", price=Money(999, "USD"))
    await sync.plan(plan.id)
    browse = BrowsePlans(shop.units, shop.gateways, shop.clock)
    assert (await browse.one("vip")).methods == ("acme", "coins")

    maker.faults = {"acme:vip:999": "the price is archived"}
    await sync.check_all()
    (job,) = await shop.jobs("core.sync_plan_prices")
    assert (job["plan_id"], job["only_checks"]) == (str(plan.id), True)
    for _ in range(2):
        await sync.check(plan.id)
    assert (await browse.one("vip")).methods == ("coins",)
    assert [each.methods for each in await browse.all()] == [("coins",)]
    assert [each.soft_id for each in await browse.payable_by("acme")] == []
    async with shop.units() as uow:
        gift = await browse.get_wanted(uow, "vip", for_another=True)
    assert browse.methods(gift, {}, ()) == ("coins",)
    with pytest.raises(NoPaymentMethod):
        await shop.start(ana.telegram_id, "vip", "acme")
    (alarm,) = await shop.jobs("bot.alarm")
    assert (alarm["kind"], alarm["facts"]["reason"]) == ("plan_without_price", "the price is archived")

    maker.faults = {}
    await sync.check(plan.id)
    assert (await browse.one("vip")).methods == ("acme", "coins")


async def test_method_whose_price_cannot_be_created_is_not_offered_until_a_later_sync_creates_it(shop: Shop):
    maker = PriceMaker(shop.clock, name="acme")
    maker.errors = [GatewayRejected("acme", "no such currency")]
    shop.gateways.gateways = {"acme": maker}
    sync, plan = SyncPrices(shop.units, shop.gateways, "Umbral"), await shop.plan(soft_id="vip")
    browse = BrowsePlans(shop.units, shop.gateways, shop.clock)
    await sync.plan(plan.id)
    assert (await browse.one("vip")).methods == ()
    await sync("acme")
    assert (await browse.one("vip")).methods == ("acme",)


async def test_price_stays_on_sale_if_the_provider_does_not_answer_the_check(shop: Shop):
    maker = PriceMaker(shop.clock, name="acme")
    shop.gateways.gateways = {"acme": maker}
    sync, plan = SyncPrices(shop.units, shop.gateways, "Umbral"), await shop.plan(soft_id="vip")
    await sync.plan(plan.id)
    maker.errors = [GatewayRejected("acme", "the key may not read prices"), GatewayUnavailable("acme", "silent")]
    await sync.check(plan.id)
    with pytest.raises(GatewayUnavailable):
        await sync.check(plan.id)
    assert (await BrowsePlans(shop.units, shop.gateways, shop.clock).one("vip")).methods == ("acme",)
    assert await shop.alarms() == []
