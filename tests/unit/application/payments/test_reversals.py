"""Check that a reversal finds its purchase under every reference used by providers, and that none is dropped."""

from __future__ import annotations

import dataclasses

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.fakes.shop import Shop

PRICE = Money(2999, "EUR")
REVERSALS = [PaymentEventKind.REFUND, PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED]


@pytest.mark.parametrize("kind", REVERSALS, ids=str)
@pytest.mark.parametrize("known_by", ["our payment", "what the provider adds", "another order's reference"])
async def test_reversal_is_applied_to_its_purchase_by_every_kind_of_reference(shop: Shop, kind, known_by):
    plan = await shop.plan()
    ana, ben = await shop.customer(), await shop.customer()
    (view, session), (other, _) = await shop.checkout(ana, plan), await shop.checkout(ben, plan)
    _, paid = shop.provider.pay(session)
    await shop.deliver(paid)
    back = {"payment_key": "re-1", "amount": PRICE, "amount_refunded": PRICE}
    reported = shop.provider.create_event(kind, "money.back", about_payment="ch-1", **back)
    full = dataclasses.replace(reported, about_payment=paid.payment_key)
    if known_by == "what the provider adds":
        shop.provider.completions[reported.event_key] = dataclasses.replace(full, order_id=paid.order_id)
    elif known_by == "another order's reference":
        reported = dataclasses.replace(full, order_id=str((await shop.order(other.reference)).id))
    else:
        reported = full
    (entry,) = await shop.deliver(reported)
    assert entry.status is InboxStatus.APPLIED
    facts = [job["facts"].get("order") for job in await shop.jobs("bot.alarm")]
    assert all(order in {None, view.reference} for order in facts)


async def test_refund_reported_several_times_notifies_the_customer_once(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    await shop.deliver(paid)
    for raw in ("charge.refunded", "refund.created", "refund.updated"):
        back = {"payment_key": "re-1", "about_payment": paid.payment_key, "amount": PRICE, "amount_refunded": PRICE}
        (entry,) = await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, raw, **back))
        assert entry.status is InboxStatus.APPLIED
    notified = [job for job in await shop.jobs("bot.announce") if job["kind"] == "refunded"]
    assert len(notified) == 1
