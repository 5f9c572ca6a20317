"""Check that the payment of a current period is fetched from the provider if no event reported it, and
is counted once.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.expiry.run_due import ASK_AGAIN_EVERY
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, PaymentEventKind
from subscriptions.domain.ports.repositories.inbox import Origin
from subscriptions.domain.services.provider_sync import PATIENCE
from tests.fakes.provider import PERIOD
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop

REF = "sub-1"


async def subscribed(shop: Shop):
    """Create a customer in the first period of a subscription."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    return ana, plan


async def look(shop: Shop) -> None:
    """Check the only subscription and apply the events in the inbox."""
    async with shop.units() as uow:
        known = await uow.subscriptions.by_provider_ref("acme", REF)
    assert known is not None
    await shop.check(known.id)
    for job in await shop.jobs("core.apply_payment_event"):
        await shop.apply(InboxId(UUID(str(job["inbox_id"]))))


async def test_unreported_renewal_is_found_by_fetching_and_applied(shop: Shop):
    ana, plan = await subscribed(shop)
    shop.clock.advance(PERIOD)
    renewal = shop.provider.renew(REF, plan.price)
    await look(shop)
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == NOON + 2 * PERIOD
    assert {payment.payment_key for payment in held.payments} == {"in-1", renewal.payment_key}
    assert len(await shop.notified("renewed")) == 1
    assert await shop.alarms() == []


async def test_stored_payment_event_is_marked_as_fetched_or_as_received_by_webhook(shop: Shop):
    _, plan = await subscribed(shop)
    shop.clock.advance(PERIOD)
    renewal = shop.provider.renew(REF, plan.price)
    await look(shop)
    await shop.deliver(renewal)
    origins = {entry.event.event_key: entry.origin for entry in shop.memory.rows("webhook_inbox")}
    assert [key for key, origin in origins.items() if origin is Origin.ASKED] == [f"poll:{renewal.payment_key}"]
    assert origins[renewal.event_key] is Origin.TOLD


async def test_renewal_during_a_dispute_is_fetched_and_access_remains_suspended(shop: Shop):
    ana, plan = await subscribed(shop)
    about = {"payment_key": "dp-1", "about_payment": "in-1"}
    await shop.deliver(shop.provider.create_event(PaymentEventKind.DISPUTE_OPENED, "money.back", **about))
    shop.clock.advance(PERIOD)
    shop.provider.renew(REF, plan.price)
    assert (await shop.run_due()).subscriptions == 1
    await look(shop)
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == NOON + 2 * PERIOD
    assert held.subscription.is_paused
    shop.clock.advance(PERIOD)
    assert (await shop.run_due()).subscriptions == 1
    shop.clock.advance(ASK_AGAIN_EVERY - timedelta(seconds=1))
    assert (await shop.run_due()).subscriptions == 0
    shop.clock.advance(timedelta(seconds=1))
    assert (await shop.run_due()).subscriptions == 1


async def test_next_check_after_a_won_dispute_is_due_when_access_ends(shop: Shop):
    await subscribed(shop)
    left, dispute = timedelta(minutes=30), {"payment_key": "dp-1", "about_payment": "in-1"}
    shop.clock.advance(PERIOD - left)
    await shop.deliver(shop.provider.create_event(PaymentEventKind.DISPUTE_OPENED, "money.back", **dispute))
    shop.clock.advance(ASK_AGAIN_EVERY)
    assert (await shop.run_due()).subscriptions == 1, "a paused subscription is checked"
    shop.clock.advance(timedelta(minutes=1))
    await shop.deliver(
        shop.provider.create_event(PaymentEventKind.DISPUTE_CLOSED, "money.kept", **dispute, reason="won")
    )
    shop.clock.advance(left)
    assert (await shop.run_due()).subscriptions == 1


async def test_late_webhook_of_a_fetched_payment_is_not_applied_again(shop: Shop):
    ana, plan = await subscribed(shop)
    shop.clock.advance(PERIOD)
    renewal = shop.provider.renew(REF, plan.price)
    await look(shop)
    await shop.deliver(renewal)
    await look(shop)
    held = await shop.holding(ana, plan)
    assert (len(held.payments), held.subscription.access_until) == (2, NOON + 2 * PERIOD)
    assert len(await shop.notified("renewed")) == 1


async def test_several_unreported_periods_are_applied_together(shop: Shop):
    ana, plan = await subscribed(shop)
    for _ in range(3):
        shop.clock.advance(PERIOD)
        shop.provider.renew(REF, plan.price)
    await look(shop)
    held = await shop.holding(ana, plan)
    assert (len(held.payments), held.subscription.access_until) == (4, NOON + 4 * PERIOD)


async def test_payment_of_a_period_reported_without_an_amount_is_fetched(shop: Shop):
    ana, plan = await subscribed(shop)
    shop.clock.advance(PERIOD - timedelta(hours=2))
    renewal = shop.provider.renew(REF, plan.price)
    await shop.deliver(shop.provider.updated(REF))
    shop.clock.advance(timedelta(hours=2))
    await look(shop)
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == renewal.period_end


async def test_payment_missing_at_the_provider_raises_one_alarm(shop: Shop):
    _, plan = await subscribed(shop)
    shop.provider.forgetful = True
    shop.clock.advance(PERIOD)
    shop.provider.renew(REF, plan.price)
    for _ in range(3):
        await look(shop)
        shop.clock.advance(PATIENCE)
    assert await shop.alarms() == ["payment_event_missing"]


async def test_provider_outage_does_not_end_the_subscription(shop: Shop):
    ana, plan = await subscribed(shop)
    shop.clock.advance(PERIOD)
    shop.provider.renew(REF, plan.price)
    shop.provider.errors += [None, GatewayUnavailable("acme", "no answer")]
    await look(shop)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    await look(shop)
    assert len((await shop.holding(ana, plan)).payments) == 2


@pytest.mark.parametrize("notified", [False, True], ids=["before the webhook", "after the webhook"])
async def test_recovered_charge_is_applied_once(shop: Shop, notified: bool):
    ana, plan = await subscribed(shop)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal(REF))
    shop.clock.advance(timedelta(days=1))
    recovered = shop.provider.recover(REF, plan.price)
    if notified:
        await shop.deliver(recovered)
    await shop.poll_subscription((await shop.holding(ana, plan)).subscription.id)
    await look(shop)
    held = await shop.holding(ana, plan)
    assert (held.subscription.access_until, len(held.payments)) == (recovered.period_end, 2)
    assert len(await shop.notified("recovered")) == 1
