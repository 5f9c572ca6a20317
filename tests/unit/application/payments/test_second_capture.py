"""Check that the other checkouts of a paid order are closed, and that a second capture is refunded automatically and
reported.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.domain.entities.order import AttemptStatus
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEventKind,
    ProviderStatus,
)
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.fakes.gateway import MemoryGateway
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

PRICE = Money(2999, "EUR")


async def _twice(shop: Shop):
    """Pay one checkout twice, as from two browser windows. Return the customer, the plan and the checkout."""
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await shop.deliver(*shop.provider.pay(session))
    return ana, plan, view


async def test_second_capture_is_refunded_and_its_subscription_canceled(shop: Shop):
    ana, plan, view = await _twice(shop)
    assert await shop.alarms() == []
    await shop.give_back()
    assert list(shop.provider.refunds.values()) == ["in-4"]
    assert shop.provider.canceled_at_once == ["sub-2"]
    assert shop.provider.subscriptions["sub-1"].status is ProviderStatus.ACTIVE
    assert (await shop.holding(ana, plan)).subscription.provider_ref == "sub-1"
    assert await shop.alarms() == ["second_capture_returned"]
    (alarm,) = await shop.jobs("bot.alarm")
    assert alarm["facts"] == {
        "order": view.reference,
        "customer": str(ana.id),
        "amount": "29.99€",
        "subscription": "sub-2",
    }
    assert len(await shop.notified("payment_flagged")) == 1


async def test_second_capture_is_refunded_once_despite_retries(shop: Shop):
    await _twice(shop)
    shop.provider.errors += [None, GatewayUnavailable("acme", "no answer")]
    with pytest.raises(GatewayUnavailable):
        await shop.give_back()
    await shop.give_back()
    await shop.give_back()
    assert len(shop.provider.refunds) == 1
    assert await shop.alarms() == ["second_capture_returned"]


async def test_refund_of_a_second_capture_does_not_change_the_subscription(shop: Shop):
    ana, plan, _ = await _twice(shop)
    await shop.give_back()
    back = shop.provider.create_event(
        PaymentEventKind.REFUND, "refund.created", payment_key="re-1", about_payment="in-4", amount_refunded=PRICE
    )
    await shop.deliver(back)
    held = await shop.holding(ana, plan)
    assert {payment.status for payment in held.payments} == {PaymentStatus.CAPTURED, PaymentStatus.REFUNDED}
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert len(await shop.notified("refunded")) == 1
    await shop.give_back()
    assert len(shop.provider.refunds) == 1


async def test_rejected_refund_of_a_second_capture_raises_an_alarm(shop: Shop):
    await _twice(shop)
    shop.provider.errors += [None, GatewayRejected("acme", "too old")]
    with pytest.raises(GatewayRejected):
        await shop.give_back()
    assert await shop.alarms() == ["second_capture"]
    await shop.give_back()
    assert await shop.alarms() == ["second_capture", "second_capture_returned"]


async def test_second_capture_that_the_provider_cannot_find_raises_an_alarm(shop: Shop):
    await _twice(shop)
    for event in shop.provider.sent.values():
        if event.payment_key == "in-4":
            object.__setattr__(event, "payment_key", "elsewhere")
    await shop.give_back()
    assert await shop.alarms() == ["second_capture"]


async def test_second_capture_without_refund_support_raises_an_alarm(shop: Shop):
    """The second subscription is canceled although its payment cannot be refunded."""
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    _, second = shop.provider.pay(session)
    plain = MemoryGateway(shop.clock, name="acme", subscriptions=shop.provider.subscriptions)
    shop.gateways.gateways["acme"] = plain
    await shop.deliver(second)
    assert await shop.alarms() == ["second_capture"]
    assert (await shop.jobs("bot.alarm"))[0]["facts"] == {"order": view.reference, "customer": str(ana.id)}
    await shop.give_back()
    assert plain.subscriptions["sub-2"].cancel_at_period_end
    assert await shop.alarms() == ["second_capture"]


async def test_other_checkout_of_a_paid_order_is_closed(shop: Shop):
    """The price changed between the two checkouts, so both links were open."""
    ana, plan = await shop.customer(), await shop.plan()
    _, old = await shop.checkout(ana, plan)
    plan.price = Money(3999, "EUR")
    await shop.change_plan(plan)
    view, new = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(new))
    await shop.close_what_is_open()
    assert shop.provider.closed == [old]
    order = await shop.order(view.reference)
    async with shop.units() as uow:
        assert [item.status for item in await uow.orders.attempts(order.id)] == [AttemptStatus.CLOSED]
        assert await uow.orders.open_attempts(ana.id, plan.id) == []
    await shop.close_what_is_open()
    assert shop.provider.closed == [old]


async def test_checkout_of_a_later_purchase_is_not_closed(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    done, _ = shop.provider.pay(session, amount=Money(1, "EUR"))
    await shop.deliver(done)
    shop.clock.advance(timedelta(hours=1))
    async with shop.units() as uow:
        await uow.payments.save(_refunded((await uow.payments.of_customer(ana.id, 1))[0]))
        await uow.commit()
    _, later = await shop.checkout(ana, plan)
    await shop.close_what_is_open()
    assert later not in shop.provider.closed
    assert (await shop.start(ana.telegram_id, plan.soft_id)).is_reused


def _refunded(payment):
    payment.status = PaymentStatus.REFUNDED
    return payment


@pytest.mark.parametrize("known", ["first payment", "second capture", "renewal"])
async def test_signed_payment_for_an_unknown_subscription_is_not_applied(shop: Shop, known):
    """The event is not a second capture: nothing is counted or refunded, and the owners are alerted."""
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    end = None
    if known != "first payment":
        await shop.deliver(*shop.provider.pay(session))
        end = shop.clock.now() + PERIOD
    request = shop.provider.checkouts[session]
    lost = shop.provider.subscriptions.pop("sub-1") if known == "renewal" else None
    forged = shop.provider.create_event(
        PaymentEventKind.PAYMENT_COMPLETED,
        "invoice.paid",
        payment_key="in-99",
        amount=PRICE,
        subscription_ref="sub-1" if lost else "sub-77",
        order_id=request.order_id,
        telegram_id=request.telegram_id,
        period_start=shop.clock.now(),
        period_end=shop.clock.now() + 12 * PERIOD,
        is_renewal=known == "renewal",
    )
    entry = await shop.deliver_with_retries(forged)
    assert entry.status is InboxStatus.PARKED
    held = await shop.holding(ana, plan)
    assert "in-99" not in {payment.payment_key for payment in held.payments}
    assert [item.access_until for item in held.subscriptions] == ([end] if end else [])
    assert await shop.alarms() == ["unknown_subscription"]
    assert await shop.jobs("core.return_payment") == []
    assert view.reference


async def test_event_of_a_provider_that_cannot_be_queried_is_applied_without_a_query(shop: Shop):
    """The webhook events of a provider that does not support fetching contain all facts."""
    shop.provider.capabilities -= {Capability.FETCH}
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    shop.provider.subscriptions.clear()
    await shop.deliver(paid)
    assert (await shop.holding(ana, plan)).subscription.access_until == shop.clock.now() + PERIOD


async def test_refund_of_a_second_capture_never_cancels_the_live_subscription(shop: Shop):
    ana, plan, view = await _twice(shop)
    (job,) = await shop.jobs("core.return_payment")
    await shop.return_payment(PaymentId(UUID(str(job["payment_id"]))), "sub-1")
    assert shop.provider.canceled_at_once == []
    assert (await shop.holding(ana, plan)).subscription.live
    (alarm,) = await shop.jobs("bot.alarm")
    assert alarm["facts"] == {"order": view.reference, "customer": str(ana.id), "amount": "29.99€"}
