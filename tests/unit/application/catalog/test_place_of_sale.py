"""Check that plans are sold only for Stars on phones if the operator configures it, and that other devices and earlier
purchases are not affected.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from subscriptions.application.catalog.phone_sales import selling_on
from subscriptions.application.checkout.purchase_terms import NoPaymentMethod
from subscriptions.application.dto.policy import Policy
from subscriptions.application.views.show_status import ShowStatus
from subscriptions.bootstrap.checks.selling import contradicted_on_phones
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from tests.fakes.provider import Provider
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop, memory_shop

POLICY = Policy(brand="Umbral", base_url="https://umbral.example", telegram_currency_alone_on_phones=True)
STARS = Money(1500, "XTR")


async def sold_by_stars_too() -> tuple[Shop, ServicePlan]:
    shop = memory_shop()
    shop.gateways.gateways["stars"] = Provider(shop.clock, name="stars", currencies=frozenset({"XTR"}))
    plan = await shop.plan()
    await shop.charges("stars", plan, STARS)
    return shop, plan


@pytest.mark.parametrize(
    ("platform", "on", "methods"),
    [
        ("ios", True, ("stars",)),
        ("android", True, ("stars",)),
        ("android_x", True, ("stars",)),
        ("ios", False, ("acme", "stars")),
        *((platform, True, ("acme", "stars")) for platform in ("", "unknown", "tdesktop", "macos", "web", "IOS")),
    ],
)
async def test_only_stars_are_offered_in_phone_apps_if_the_shop_requires_it(
    platform: str, on: bool, methods: tuple[str, ...]
) -> None:
    shop, plan = await sold_by_stars_too()
    ana = await shop.customer()
    with selling_on(platform, replace(POLICY, telegram_currency_alone_on_phones=on)):
        assert (await shop.plans.one(plan.soft_id)).methods == methods
        for gift in (False, True):
            if "acme" in methods:
                assert (await shop.start(ana.telegram_id, plan.soft_id, "acme", for_another=gift)).provider == "acme"
                continue
            with pytest.raises(NoPaymentMethod):
                await shop.start(ana.telegram_id, plan.soft_id, "acme", for_another=gift)
            assert (await shop.start(ana.telegram_id, plan.soft_id, for_another=gift)).amount == STARS
    assert (await shop.plans.one(plan.soft_id)).methods == ("acme", "stars"), "whoever asks next is asked anew"


async def test_plan_without_a_price_in_stars_is_not_sold_on_phones() -> None:
    shop = memory_shop()
    plan, ana = await shop.plan(), await shop.customer()
    with selling_on("ios", POLICY), pytest.raises(NoPaymentMethod):
        await shop.start(ana.telegram_id, plan.soft_id)
    assert shop.provider.requests == []


async def test_order_opened_on_another_device_is_paid_by_a_stars_invoice_on_a_phone() -> None:
    shop, plan = await sold_by_stars_too()
    ana, show_status = await shop.customer(), ShowStatus(shop.units, shop.clock, POLICY)
    page = await shop.start(ana.telegram_id, plan.soft_id, "acme")

    async def link() -> str | None:
        (order,) = (await show_status(ana.telegram_id)).open_orders
        return order.url

    assert await link() == page.url
    with selling_on("android", POLICY):
        assert await link() is None
        invoice = await shop.start(ana.telegram_id, plan.soft_id)
        assert (invoice.order_id, invoice.provider) == (page.order_id, "stars"), "one order, another page"
        assert await link() == invoice.url


async def test_doctor_command_reports_that_no_plan_can_be_sold_on_phones_without_stars() -> None:
    shop, _ = await sold_by_stars_too()

    async def named(policy: Policy) -> list[str]:
        return [each.key for each in await contradicted_on_phones(shop.units, shop.gateways, policy)]

    assert await named(POLICY) == []
    async with shop.units() as uow:
        await uow.payment_methods.save(PaymentMethod(provider="stars", enabled=False, position=0, changed_at=NOON))
        await uow.commit()
    assert await named(POLICY) == ["selling:no_telegram_currency"], "switched off"
    del shop.gateways.gateways["stars"]
    assert await named(POLICY) == ["selling:no_telegram_currency"], "not configured"
    assert await named(replace(POLICY, telegram_currency_alone_on_phones=False)) == []
