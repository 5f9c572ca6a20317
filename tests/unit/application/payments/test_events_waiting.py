"""Check that events that cannot be applied yet are retried, that events that can never be applied raise an alarm, and
that no event is lost.
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.payments.payment_webhook_handler import MAX_WAITS
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import InboxId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayUnavailable,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.fakes.shop import Shop

PRICE = Money(2999, "EUR")


async def test_event_without_a_known_reference_is_ignored(shop: Shop):
    event = shop.provider.create_event(
        PaymentEventKind.PAYMENT_COMPLETED, "invoice.paid", payment_key="in-1", amount=PRICE
    )
    (entry,) = await shop.deliver(event)
    assert entry.status is InboxStatus.IGNORED
    assert await shop.alarms() == []


@pytest.mark.parametrize(
    "about",
    [
        pytest.param({"order_id": str(new_uuid())}, id="unknown order"),
        pytest.param({"order_id": "42"}, id="foreign id"),
        pytest.param({"telegram_id": 7}, id="customer id only"),
    ],
)
async def test_event_of_an_unknown_order_is_retried_and_then_raises_an_alarm(shop: Shop, about):
    event = shop.provider.create_event(
        PaymentEventKind.PAYMENT_COMPLETED, "invoice.paid", payment_key="in-1", amount=PRICE, **about
    )
    inbox_id = await shop.store(event)
    for _ in range(MAX_WAITS):
        with pytest.raises(RetryLater):
            await shop.apply(inbox_id)
    await shop.apply(inbox_id)
    assert (await shop.inbox(inbox_id)).status is InboxStatus.PARKED
    assert await shop.alarms() == ["unmatched_payment_event"]


async def test_event_with_an_invalid_order_id_is_applied_by_its_subscription_reference(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    (entry,) = await shop.deliver(dataclasses.replace(shop.provider.updated("sub-1"), order_id="42"))
    assert entry.status is InboxStatus.APPLIED


async def test_event_is_retried_while_its_provider_is_unavailable(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    inbox_id = await shop.store(paid)
    shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    with pytest.raises(RetryLater):
        await shop.apply(inbox_id)
    assert await shop.pending(inbox_id)
    assert (await shop.holding(ana, plan)).payments == []
    await shop.apply(inbox_id)
    assert (await shop.holding(ana, plan)).payment.status is PaymentStatus.CAPTURED


async def test_provider_that_rejects_our_key_raises_an_alarm_and_the_event_is_retried(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    inbox_id = await shop.store(paid)
    shop.provider.errors.append(GatewayAuthError("acme", "no such key"))
    with pytest.raises(Permanent):
        await shop.apply(inbox_id)
    assert await shop.pending(inbox_id)
    assert await shop.alarms() == ["payment_event_stuck"]
    await shop.apply(inbox_id)
    assert (await shop.holding(ana, plan)).payment.status is PaymentStatus.CAPTURED


async def test_event_of_a_disabled_provider_is_retried(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    inbox_id = await shop.store(paid)
    del shop.gateways.gateways["acme"]
    with pytest.raises(RetryLater):
        await shop.apply(inbox_id)
    assert await shop.pending(inbox_id)


async def test_payment_without_a_known_period_is_retried_and_then_raises_an_alarm(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    done, paid = shop.provider.pay(session)
    shop.provider.change("sub-1", current_period_start=None, current_period_end=None)
    shop.provider.captured.clear()
    entry = await shop.deliver_with_retries(done)
    assert entry.status is InboxStatus.PARKED
    assert await shop.alarms() == ["payment_event_stuck"]
    # The key is still free for the event that has the period.
    await shop.deliver(paid)
    assert (await shop.holding(ana, plan)).payment.status is PaymentStatus.CAPTURED


async def test_payment_event_without_a_payment_reference_raises_an_alarm(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session, payment_key=None)
    entry = await shop.deliver_with_retries(paid)
    assert entry.status is InboxStatus.PARKED
    assert await shop.alarms() == ["payment_event_stuck"]


HOUR = timedelta(hours=1)


async def park(shop: Shop, event: PaymentEvent) -> InboxId:
    """Store an event so long before the payment it refers to that its retries are exhausted."""
    inbox_id = await shop.store(event)
    for _ in range(MAX_WAITS):
        with pytest.raises(RetryLater):
            await shop.apply(inbox_id)
    await shop.apply(inbox_id)
    assert (await shop.inbox(inbox_id)).status is InboxStatus.PARKED
    return inbox_id


async def apply_again(shop: Shop, *inbox_ids: InboxId) -> None:
    """Run the jobs that apply waiting events."""
    for inbox_id in inbox_ids:
        if await shop.pending(inbox_id):
            await shop.apply(inbox_id)


async def test_refund_received_hours_before_its_payment_is_applied_with_the_payment(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    done, paid = shop.provider.pay(session)
    refund = {"payment_key": "re-1", "about_payment": paid.payment_key, "amount_refunded": PRICE, "amount": PRICE}
    inbox_id = await park(
        shop, shop.provider.create_event(PaymentEventKind.REFUND, "refund", order_id=paid.order_id, **refund)
    )
    shop.clock.advance(3 * HOUR)
    await shop.deliver(done, paid)
    assert await shop.pending(inbox_id)
    await apply_again(shop, inbox_id)
    held = await shop.holding(ana, plan)
    assert (held.payment.status, held.subscriptions[0].live) == (PaymentStatus.REFUNDED, False)


async def test_refund_that_names_only_its_payment_is_applied_with_the_payment(shop: Shop):
    """The refund names an unknown payment and none of Umbral's references, so it was ignored at first."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    done, paid = shop.provider.pay(session)
    refund = {"payment_key": "re-1", "about_payment": paid.payment_key, "amount_refunded": PRICE, "amount": PRICE}
    (entry,) = await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "refund", **refund))
    assert entry.status is InboxStatus.IGNORED
    await shop.deliver(done, paid)
    await apply_again(shop, entry.id)
    assert (await shop.holding(ana, plan)).payment.status is PaymentStatus.REFUNDED


@pytest.mark.parametrize("is_in_order", [True, False], ids=["opened first", "closed first"])
async def test_dispute_lost_before_its_payment_was_received_ends_access(shop: Shop, is_in_order: bool):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    done, paid = shop.provider.pay(session)
    about = {"payment_key": "dp-1", "about_payment": paid.payment_key, "order_id": paid.order_id, "amount": PRICE}
    kinds = [(PaymentEventKind.DISPUTE_OPENED, {}), (PaymentEventKind.DISPUTE_CLOSED, {"reason": "lost"})]
    reported = [shop.provider.create_event(kind, "dispute", **about, **more) for kind, more in kinds]
    parked = [await park(shop, event) for event in (reported if is_in_order else reversed(reported))]
    shop.clock.advance(3 * HOUR)
    await shop.deliver(done, paid)
    await apply_again(shop, *parked)
    assert not (await shop.holding(ana, plan)).subscriptions[0].live


async def test_webhook_that_claims_to_be_a_query_result_is_not_applied_with_its_payment(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    done, paid = shop.provider.pay(session)
    refund = {"payment_key": "re-1", "about_payment": paid.payment_key, "amount_refunded": PRICE, "amount": PRICE}
    forged = replace(shop.provider.create_event(PaymentEventKind.REFUND, "refund", **refund), event_key="poll:re-1")
    (entry,) = await shop.deliver(forged)
    assert entry.status is InboxStatus.PARKED
    await shop.deliver(done, paid)
    assert (await shop.inbox(entry.id)).status is InboxStatus.PARKED


async def test_event_of_a_customers_second_subscription_is_reported_as_a_second_subscription(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.provider.begin("sub-other")
    await park(
        shop,
        shop.provider.create_event(
            PaymentEventKind.PAYMENT_COMPLETED,
            "invoice.paid",
            payment_key="in-other",
            amount=PRICE,
            subscription_ref="sub-other",
            telegram_id=ana.telegram_id,
            is_renewal=True,
        ),
    )
    assert await shop.alarms() == ["double_subscription"]
