"""An event that cannot be applied yet waits; one that never can is told to a person; none is lost."""

from __future__ import annotations

import dataclasses

import pytest

from subscriptions.application.payments.payment_webhook_handler import MAX_WAITS
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayUnavailable,
    PaymentEventKind,
)
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.fakes.shop import Shop

PRICE = Money(2999, "EUR")


async def test_an_event_of_nobody_we_know_is_ignored(shop: Shop):
    event = shop.provider.tell(PaymentEventKind.PAYMENT_COMPLETED, "invoice.paid", payment_key="in-1", amount=PRICE)
    (entry,) = await shop.deliver(event)
    assert entry.status is InboxStatus.IGNORED
    assert await shop.alarms() == []


@pytest.mark.parametrize(
    "about",
    [
        pytest.param({"order_id": str(new_uuid())}, id="unknown order"),
        pytest.param({"order_id": "42"}, id="not one of our ids"),
        pytest.param({"telegram_id": 7}, id="a person only"),
    ],
)
async def test_an_order_that_is_not_there_is_waited_for_then_a_person_is_told(shop: Shop, about):
    event = shop.provider.tell(
        PaymentEventKind.PAYMENT_COMPLETED, "invoice.paid", payment_key="in-1", amount=PRICE, **about
    )
    inbox_id = await shop.store(event)
    for _ in range(MAX_WAITS):
        with pytest.raises(RetryLater):
            await shop.apply(inbox_id)
    await shop.apply(inbox_id)
    assert (await shop.inbox(inbox_id)).status is InboxStatus.PARKED
    assert await shop.alarms() == ["unmatched_payment_event"]


async def test_an_order_with_a_strange_id_is_found_by_its_subscription(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    (entry,) = await shop.deliver(dataclasses.replace(shop.provider.updated("sub-1"), order_id="42"))
    assert entry.status is InboxStatus.APPLIED


async def test_an_unreachable_provider_loses_nothing(shop: Shop):
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


async def test_a_provider_that_refuses_us_is_told_to_a_person_and_the_event_stays(shop: Shop):
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


async def test_a_provider_switched_off_meanwhile_is_waited_for(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    inbox_id = await shop.store(paid)
    del shop.gateways.gateways["acme"]
    with pytest.raises(RetryLater):
        await shop.apply(inbox_id)
    assert await shop.pending(inbox_id)


async def test_a_period_nobody_knows_yet_is_waited_for_then_a_person_is_told(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    done, paid = shop.provider.pay(session)
    shop.provider.change("sub-1", current_period_start=None, current_period_end=None)
    shop.provider.captured.clear()
    entry = await shop.deliver_until_settled(done)
    assert entry.status is InboxStatus.PARKED
    assert await shop.alarms() == ["payment_event_stuck"]
    # The key is still free for the event that does know.
    await shop.deliver(paid)
    assert (await shop.holding(ana, plan)).payment.status is PaymentStatus.CAPTURED


async def test_money_without_a_name_is_told_to_a_person(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session, payment_key=None)
    entry = await shop.deliver_until_settled(paid)
    assert entry.status is InboxStatus.PARKED
    assert await shop.alarms() == ["payment_event_stuck"]
