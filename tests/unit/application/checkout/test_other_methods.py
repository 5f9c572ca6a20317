"""Check that the first payment of an order with checkout pages at several providers counts, and that the other pages
are closed or their payments refunded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import permutations

import pytest

from subscriptions.application.checkout.check_order import CheckOrder, PaymentCheck
from subscriptions.application.checkout.purchase_terms import AlreadySubscribed
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import CheckoutRequest, CheckoutSession, PaymentEvent
from tests.fakes.provider import Provider
from tests.fakes.shop import Shop, memory_shop

ONCE = {"recurring": False, "interval": None, "duration_days": 30}
METHODS = ("acme", "coins", "tokens")


@pytest.fixture
async def pages(shop: Shop) -> tuple[Customer, ServicePlan, dict[str, str]]:
    """Create a customer, a plan and an order with a checkout for each payment method. Return the customer, the plan,
    and the checkout session ids by method.
    """
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    await shop.charges("tokens", plan, Money(1500, "XTR"))
    for method in METHODS:
        await shop.start(ana.telegram_id, plan.soft_id, method)
    (card,), (coins,), (stars,) = shop.provider.checkouts, shop.coins.checkouts, shop.stars.checkouts
    return ana, plan, {"acme": card, "coins": coins, "tokens": stars}


def paid(shop: Shop, method: str, session: str) -> PaymentEvent:
    """Pay on the checkout page of a method and return the event."""
    if method == "acme":
        return shop.provider.pay_once(session)
    return (shop.coins if method == "coins" else shop.stars).paid(session)


@pytest.mark.parametrize(("first", "second"), list(permutations(METHODS, 2)))
async def test_first_payment_is_applied_and_the_second_is_refunded_or_raises_an_alarm(
    shop: Shop, pages, first: str, second: str
):
    ana, plan, sessions = pages
    one, two = paid(shop, first, sessions[first]), paid(shop, second, sessions[second])
    await shop.deliver(one, two)
    held = await shop.holding(ana, plan)
    assert {payment.provider: payment.flag for payment in held.payments} == {
        first: None,
        second: FlagReason.SECOND_CAPTURE,
    }
    assert held.subscription.access_until == shop.clock.now() + timedelta(days=30)
    await shop.give_back()
    await shop.give_back()
    returned = [*shop.provider.refunds.values(), *shop.stars.refunds.values()]
    # `coins` cannot refund, so staff has to.
    assert returned == ([] if second == "coins" else [two.payment_key])
    assert await shop.alarms() == (["second_capture"] if second == "coins" else ["second_capture_returned"])
    assert len(await shop.notified("payment_flagged")) == 1


async def test_other_checkout_pages_are_closed_if_the_provider_supports_closing(shop: Shop, pages):
    _, _, sessions = pages
    await shop.deliver(paid(shop, "coins", sessions["coins"]))
    await shop.close_what_is_open()
    assert shop.provider.closed == [sessions["acme"]]


async def test_unreported_second_payment_of_an_order_is_found_and_flagged(shop: Shop, pages):
    ana, plan, sessions = pages
    first, second = paid(shop, "coins", sessions["coins"]), paid(shop, "acme", sessions["acme"])
    await shop.deliver(first)
    order = (await shop.holding(ana, plan)).payment.order_id
    check, looks = CheckOrder(shop.units, shop.gateways, shop.clock), len(await shop.jobs("core.check_order"))
    assert await check.look(order) is PaymentCheck.NOTHING
    assert len(await shop.jobs("core.check_order")) == looks + 1, "the page can be paid still"
    shop.provider.captured[sessions["acme"]] = second
    assert await check.look(order) is PaymentCheck.FOUND
    assert len(await shop.jobs("core.check_order")) == looks + 1
    await shop.deliver(replace(second, event_key="told late"))
    flags = {payment.provider: payment.flag for payment in (await shop.holding(ana, plan)).payments}
    assert flags == {"coins": None, "acme": FlagReason.SECOND_CAPTURE}


async def test_closed_checkout_page_is_not_checked_again(shop: Shop, pages):
    ana, plan, sessions = pages
    await shop.deliver(paid(shop, "coins", sessions["coins"]))
    await shop.close_what_is_open()
    order = (await shop.holding(ana, plan)).payment.order_id
    check, looks = CheckOrder(shop.units, shop.gateways, shop.clock), len(await shop.jobs("core.check_order"))
    assert await check.look(order) is PaymentCheck.NOTHING
    assert len(await shop.jobs("core.check_order")) == looks


async def test_payment_under_review_is_stored_again_if_a_query_reports_another_amount(shop: Shop, pages):
    ana, _, sessions = pages
    reported = paid(shop, "acme", sessions["acme"])
    await shop.deliver(replace(reported, amount=Money(1, "EUR")))
    async with shop.units() as uow:
        [known] = await uow.payments.of_customer(ana.id, 5)
    assert known.flag is FlagReason.AMOUNT_MISMATCH
    shop.provider.captured[sessions["acme"]] = replace(reported, event_key="told late")
    check = CheckOrder(shop.units, shop.gateways, shop.clock)
    assert await check.look(known.order_id) is PaymentCheck.FOUND
    assert "told late" in {entry.event.event_key for entry in shop.memory.rows("webhook_inbox")}


@dataclass
class Slow(Provider):
    """Provider whose checkout takes so long that another event occurs meanwhile."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        session = await super().create_checkout_session(request)
        if self.meanwhile is not None:
            await self.meanwhile()
        return session


async def test_checkout_page_opened_while_another_page_was_paid_is_closed_and_not_shown() -> None:
    bare = memory_shop()
    slow = Slow(bare.clock, name="acme")
    shop = Shop(bare.units, memory=bare.memory, clock=bare.clock, shared=slow)
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    await shop.start(ana.telegram_id, plan.soft_id, "coins")
    (coins,) = shop.coins.checkouts
    slow.meanwhile = lambda: shop.deliver(shop.coins.paid(coins))
    with pytest.raises(AlreadySubscribed):
        await shop.start(ana.telegram_id, plan.soft_id, "acme")
    assert (await shop.holding(ana, plan)).payment.provider == "coins"
    await shop.close_what_is_open()
    assert slow.closed == list(slow.checkouts)
    # The payment queued its closing job before this page existed, so a second one is needed.
    assert len(await shop.jobs("core.close_checkouts")) == 2
