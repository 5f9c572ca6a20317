"""Edited plans: new sales use the new terms, and earlier buyers keep the price and period that they bought."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from subscriptions.application.catalog.sync_prices import SyncPrices
from subscriptions.application.checkout.purchase_terms import NoPaymentMethod
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, PriceRequest
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from tests.fakes.gateway import MemoryGateways
from tests.fakes.plan_files import BringIn
from tests.fakes.provider import Provider
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

OWN = Money(3499, "USD")


async def by_form(shop: Shop, plan: ServicePlan) -> None:
    boss = await shop.customer(staff_role=StaffRole.OWNER)
    record = {"soft_id": plan.soft_id, "name": plan.name, "price": "29.99", "currency": "EUR", "interval": "year"}
    prices = {"prices": {"coins": "34.99 USD"}}
    await Staff(shop)(boss.telegram_id, "save_plan", "", record=json.dumps({**record, **prices}), version=plan.version)


async def by_file(shop: Shop, plan: ServicePlan, interval: str = "year", **more: object) -> None:
    records = {"plans": [{"soft_id": plan.soft_id, "name": plan.name, "interval": interval, **more}]}
    await BringIn(shop)(records, dry_run=False)


async def reference(shop: Shop, plan: ServicePlan, method: str) -> PlanPaymentPrice | None:
    async with shop.units() as uow:
        return await uow.plans.price_at(plan.id, method)


@pytest.mark.parametrize("edit", [by_form, by_file])
async def test_changed_plan_period_discards_the_price_objects_of_the_old_period(shop: Shop, edit) -> None:
    shop.sells_by_all()
    plan = await shop.priced()
    async with shop.units() as uow:
        await uow.plans.save_price(
            PlanPaymentPrice(plan_id=plan.id, provider="coins", external_price_id="old", price=OWN)
        )
        await uow.commit()
    await edit(shop, plan)
    assert await reference(shop, plan, "acme") is None
    own = await reference(shop, plan, "coins")
    assert own is not None
    assert (own.external_price_id, own.price) == (None, OWN), "its own price stays, the object of the old period not"


class Maker(Provider):
    """Provider with price objects. The plan is edited while a price object is created."""

    edited: Awaitable[None] | None = None

    async def ensure_price(self, request: PriceRequest) -> str:
        if self.edited is not None:
            edited, self.edited = self.edited, None
            await edited
        return f"{request.plan}:{request.amount.minor}:{request.interval}"


async def test_price_object_created_while_its_plan_was_edited_is_discarded_and_created_again(shop: Shop) -> None:
    plan, maker = await shop.plan(), Maker(shop.clock, name="acme")
    maker.edited = by_file(shop, plan)
    sync = SyncPrices(shop.units, MemoryGateways({"acme": maker}), "Umbral")
    await sync.plan(plan.id)
    assert await reference(shop, plan, "acme") is None
    await sync.plan(plan.id)
    agreed = await reference(shop, plan, "acme")
    assert agreed is not None
    assert agreed.external_price_id == f"{plan.soft_id}:2999:year"


async def test_method_without_a_price_object_is_skipped_and_its_price_requested(shop: Shop) -> None:
    shop.sells_by_all()
    shop.provider.capabilities |= {Capability.PRICE_OBJECTS}
    ana, plan = await shop.customer(), await shop.priced()
    async with shop.units() as uow:
        await uow.plans.forget_prices(plan.id)
        await uow.commit()
    view = await shop.start(ana.telegram_id, plan.soft_id)
    assert view.provider == "coins"
    assert await shop.jobs("core.sync_plan_prices") == []
    with pytest.raises(NoPaymentMethod):
        await shop.start(ana.telegram_id, plan.soft_id, "acme")
    (job,) = await shop.jobs("core.sync_plan_prices")
    assert (job["plan_id"], job["only_checks"]) == (str(plan.id), False)


@pytest.mark.parametrize("snapshot", [True, False], ids=["now", "order without a stored period"])
async def test_customer_who_bought_before_a_plan_edit_keeps_price_and_period(shop: Shop, snapshot: bool) -> None:
    ana, plan = await shop.customer(), await shop.priced()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    if not snapshot:
        async with shop.units() as uow:
            held = (await uow.subscriptions.of_customer(ana.id))[0]
            await uow.subscriptions.save(replace(held, interval=None, interval_count=None))
            await uow.commit()
    await by_file(shop, plan, price="299")
    (view,) = (await shop.status(ana.telegram_id)).live
    period = (Interval.MONTH, 1) if snapshot else (Interval.YEAR, 1)
    assert (view.price, (view.interval, view.interval_count)) == (Money(2999, "EUR"), period)
    assert view.pausable is snapshot


async def test_yearly_subscriber_cannot_skip_a_month(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.priced(interval=Interval.YEAR)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await by_file(shop, plan, "month")
    (view,) = (await shop.status(ana.telegram_id)).live
    assert ((view.interval, view.interval_count), view.pausable) == ((Interval.YEAR, 1), False)
