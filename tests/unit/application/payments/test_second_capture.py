"""Nobody pays twice: other pages are closed, and a second capture goes back by itself, told to both sides."""

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
    """Two windows of one page, both paid."""
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await shop.deliver(*shop.provider.pay(session))
    return ana, plan, view


async def test_a_second_capture_goes_back_with_its_subscription(shop: Shop):
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
    assert len(await shop.told("payment_flagged")) == 1


async def test_it_goes_back_once_however_often_it_is_tried(shop: Shop):
    await _twice(shop)
    shop.provider.errors += [None, GatewayUnavailable("acme", "no answer")]
    with pytest.raises(GatewayUnavailable):
        await shop.give_back()
    await shop.give_back()
    await shop.give_back()
    assert len(shop.provider.refunds) == 1
    assert await shop.alarms() == ["second_capture_returned"]


async def test_the_refund_is_told_as_one_that_changes_nothing(shop: Shop):
    ana, plan, _ = await _twice(shop)
    await shop.give_back()
    back = shop.provider.tell(
        PaymentEventKind.REFUND, "refund.created", payment_key="re-1", about_payment="in-4", amount_refunded=PRICE
    )
    await shop.deliver(back)
    held = await shop.holding(ana, plan)
    assert {payment.status for payment in held.payments} == {PaymentStatus.CAPTURED, PaymentStatus.REFUNDED}
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert len(await shop.told("refunded")) == 1
    await shop.give_back()
    assert len(shop.provider.refunds) == 1


async def test_a_provider_that_refuses_leaves_it_to_a_person(shop: Shop):
    await _twice(shop)
    shop.provider.errors += [None, GatewayRejected("acme", "too old")]
    with pytest.raises(GatewayRejected):
        await shop.give_back()
    assert await shop.alarms() == ["second_capture"]
    await shop.give_back()
    assert await shop.alarms() == ["second_capture", "second_capture_returned"]


async def test_a_payment_the_provider_cannot_find_is_left_to_a_person(shop: Shop):
    await _twice(shop)
    for event in shop.provider.sent.values():
        if event.payment_key == "in-4":
            object.__setattr__(event, "payment_key", "elsewhere")
    await shop.give_back()
    assert await shop.alarms() == ["second_capture"]


async def test_where_the_gateway_cannot_give_back_a_person_is_told(shop: Shop):
    """The second subscription is ended all the same."""
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


async def test_the_other_page_of_a_paid_order_is_closed(shop: Shop):
    """The price changed in between, so that both links were alive."""
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


async def test_a_purchase_that_began_later_stays_open(shop: Shop):
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
async def test_a_signed_payment_for_a_subscription_the_provider_does_not_know_waits(shop: Shop, known):
    """It is no second capture: nothing is counted and nothing given back, and the owner hears of it."""
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    end = None
    if known != "first payment":
        await shop.deliver(*shop.provider.pay(session))
        end = shop.clock.now() + PERIOD
    request = shop.provider.checkouts[session]
    lost = shop.provider.subscriptions.pop("sub-1") if known == "renewal" else None
    forged = shop.provider.tell(
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
    entry = await shop.deliver_until_settled(forged)
    assert entry.status is InboxStatus.PARKED
    held = await shop.holding(ana, plan)
    assert "in-99" not in {payment.payment_key for payment in held.payments}
    assert [item.access_until for item in held.subscriptions] == ([end] if end else [])
    assert await shop.alarms() == ["unknown_subscription"]
    assert await shop.jobs("core.return_payment") == []
    assert view.reference


async def test_who_cannot_be_asked_is_believed(shop: Shop):
    """A provider without a way to fetch says all there is in its events."""
    shop.provider.capabilities -= {Capability.FETCH}
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    shop.provider.subscriptions.clear()
    await shop.deliver(paid)
    assert (await shop.holding(ana, plan)).subscription.access_until == shop.clock.now() + PERIOD


async def test_a_subscription_that_counts_is_not_ended_whatever_the_event_said(shop: Shop):
    ana, plan, view = await _twice(shop)
    (job,) = await shop.jobs("core.return_payment")
    await shop.return_payment(PaymentId(UUID(str(job["payment_id"]))), "sub-1")
    assert shop.provider.canceled_at_once == []
    assert (await shop.holding(ana, plan)).subscription.live
    (alarm,) = await shop.jobs("bot.alarm")
    assert alarm["facts"] == {"order": view.reference, "customer": str(ana.id), "amount": "29.99€"}
