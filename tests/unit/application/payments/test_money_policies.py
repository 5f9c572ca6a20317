"""Check that full refunds and opened disputes follow the policies stored with the order, and not the plan's current
policies.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import RefundedMessage
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.service_plan import DisputePolicy, RefundPolicy
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind, ProviderStatus
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

PRICE = Money(2999, "EUR")
KEEPS = {"refund_policy": RefundPolicy.KEEP_ACCESS, "dispute_policy": DisputePolicy.KEEP}
REFUND, OPENED, CLOSED = PaymentEventKind.REFUND, PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED


async def sold(shop: Shop, **policies: Any):
    """Create a customer who bought a plan with these policies ten days ago. Return the customer, the plan and a
    function that reports reversals of the payment.
    """
    ana, plan = await shop.customer(), await shop.plan(**policies)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(timedelta(days=10))
    payment = (await shop.holding(ana, plan)).payment

    async def notified(kind: PaymentEventKind, key: str, **facts: Any) -> None:
        about = {"payment_key": key, "about_payment": payment.payment_key}
        await shop.deliver(shop.provider.create_event(kind, "money.back", **about, **facts))

    return ana, plan, notified


async def test_refund_under_a_keep_access_policy_does_not_change_access_or_billing(shop: Shop):
    ana, plan, reported = await sold(shop, **KEEPS)
    before = (await shop.holding(ana, plan)).subscription
    await reported(REFUND, "re-1", amount_refunded=PRICE)
    held = await shop.holding(ana, plan)
    assert held.payment.status is PaymentStatus.REFUNDED
    assert (held.subscription.status, held.subscription.access_until) == (before.status, before.access_until)
    assert await shop.jobs("core.stop_billing") == []
    assert len(await shop.notified("refunded")) == 1


@pytest.mark.parametrize(("end", "word"), [("period", "over"), ("staff", "over"), ("suspended", "goes_on_later")])
async def test_refund_under_a_keep_access_policy_does_not_claim_access_that_had_ended(shop: Shop, end: str, word: str):
    ana, plan, reported = await sold(shop, **KEEPS)
    olga = await shop.customer(staff_role=StaffRole.OWNER)
    held = await shop.holding(ana, plan)
    if end == "period":
        shop.provider.change("sub-1", status=ProviderStatus.ENDED)
        shop.clock.advance(timedelta(days=21))
        await shop.check(held.subscription.id)
    else:
        command = "remove" if end == "staff" else "suspend"
        await Staff(shop)(olga.telegram_id, command, held.subscription.id, reason="motivo")
    shop.clock.advance(timedelta(days=1))
    answers = {"reason": "motivo", "amount": ""}
    effect = await Staff(shop).run.preview(olga.telegram_id, "refund", str(held.payment.id), answers)
    await reported(REFUND, "re-1", amount_refunded=PRICE)

    (job,) = await shop.notified("refunded")
    async with shop.units() as uow:
        message = await RefundedMessage.load(Sources(uow, shop.policy, shop.clock.now()), UUID(job["subject"]))
    assert message is not None
    assert message.word == word
    assert effect is not None
    assert effect.name == ("access_kept" if end == "suspended" else "time_stays")


async def test_dispute_under_a_keep_access_policy_only_alerts_the_owners(shop: Shop):
    ana, plan, reported = await sold(shop, **KEEPS)
    await reported(OPENED, "dp-1")
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.alarms() == ["dispute_open"]
    assert await shop.notified("dispute_opened") == []
    end = (await shop.holding(ana, plan)).subscription.access_until
    await reported(CLOSED, "dp-1", reason="won")
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.ACTIVE, end)


async def test_lost_dispute_ends_access_under_a_keep_access_policy(shop: Shop):
    ana, plan, reported = await sold(shop, **KEEPS)
    await reported(OPENED, "dp-1")
    await reported(CLOSED, "dp-1", reason="lost")
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED
    assert len(await shop.jobs("core.stop_billing")) == 1


@pytest.mark.parametrize("bought_under", ["the strict one", "the kind one"])
async def test_refund_and_dispute_follow_the_policies_at_the_time_of_purchase(shop: Shop, bought_under: str):
    kind = bought_under == "the kind one"
    ana, plan, reported = await sold(shop, **(KEEPS if kind else {}))
    other = {"refund_policy": RefundPolicy.END_ACCESS, "dispute_policy": DisputePolicy.SUSPEND} if kind else KEEPS
    await shop.change_plan(replace(plan, **other))
    await reported(OPENED, "dp-1")
    status = (await shop.holding(ana, plan)).subscription.status
    assert status is (SubscriptionStatus.ACTIVE if kind else SubscriptionStatus.PAUSED)
    await reported(CLOSED, "dp-1", reason="won")
    await reported(REFUND, "re-1", amount_refunded=PRICE)
    assert (await shop.holding(ana, plan)).subscription.live is kind
