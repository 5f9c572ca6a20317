"""Check that plan cards link to the checkout without waiting for a slow provider, and that the owners are alerted if
the provider refuses.
"""

from __future__ import annotations

import asyncio

from bot.routers.plans import OpenCardCheckout
from subscriptions.application.alarms.alarms import ReportProblem
from subscriptions.domain.ports.payment_gateway import CheckoutRequest, CheckoutSession, GatewayRejected
from tests.fakes.provider import Provider
from tests.fakes.shop import Shop, memory_shop


class Slow(Provider):
    """Provider that answers once the test allows it."""

    let: asyncio.Event

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        await self.let.wait()
        return await super().create_checkout_session(request)


def open_checkout(shop: Shop, patience_s: float) -> OpenCardCheckout:
    return OpenCardCheckout(shop.start, ReportProblem(shop.units, shop.clock), shop.clock, patience_s)


async def test_plan_card_is_shown_without_waiting_for_the_checkout_page_of_a_slow_provider() -> None:
    shop = memory_shop()
    slow = Slow(shop.clock, name="acme")
    slow.let = asyncio.Event()
    shop.gateways.gateways = {"acme": slow}
    ana, plan = await shop.customer(), await shop.plan()
    view = await shop.plans.one(plan.soft_id)
    look = open_checkout(shop, 0)
    assert await look(ana, view) is None
    slow.let.set()
    found = await open_checkout(shop, 60)(ana, view)
    assert found is not None
    assert (await shop.start(ana.telegram_id, plan.soft_id)).url == found.url
    assert await shop.alarms() == []


async def test_refused_checkout_raises_one_alarm_a_day() -> None:
    shop = memory_shop()
    plan = await shop.plan()
    view = await shop.plans.one(plan.soft_id)
    for _ in range(2):
        shop.provider.errors.append(GatewayRejected("acme", "no such price"))
        assert await open_checkout(shop, 60)(await shop.customer(), view) is None
    assert await shop.alarms() == ["checkout_rejected"]
