"""Check that the current state at the provider takes precedence: late, older and unknown events change nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    ProviderStatus,
)
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

PRICE = Money(2999, "EUR")
DAY = timedelta(days=1)


async def test_older_snapshot_does_not_overwrite_a_newer_snapshot(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    old = await shop.provider.fetch_subscription("sub-1")
    assert old is not None
    shop.clock.advance(DAY)
    await shop.cancel(ana.telegram_id)
    subscription = (await shop.holding(ana, plan)).subscription
    await shop.follow.apply(subscription, old)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.CANCELED


async def test_late_update_from_before_the_cancellation_changes_nothing(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    late = shop.provider.updated("sub-1")
    shop.clock.advance(DAY)
    ended = shop.provider.end("sub-1")
    await shop.deliver(ended, late)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.CANCELED
    assert len(await shop.notified("canceled")) == 1


async def test_unknown_provider_status_changes_nothing(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.provider.change("sub-1", status=ProviderStatus.UNKNOWN, raw_status="dreaming")
    await shop.deliver(shop.provider.updated("sub-1"))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.subscription.access_until == shop.clock.now() + PERIOD


async def test_failed_renewal_is_reported_once_despite_retries(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    shop.clock.advance(DAY)
    await shop.deliver(shop.provider.fail_again("sub-1"))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.PAST_DUE
    assert held.subscription.access_until == start + PERIOD
    assert len(await shop.notified("payment_failed")) == 1
    await shop.deliver(shop.provider.recover("sub-1", PRICE))
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.access_until) == (
        SubscriptionStatus.ACTIVE,
        start + 2 * PERIOD,
    )


@pytest.mark.parametrize("state_first", [False, True], ids=["payment first", "state first"])
async def test_recovery_is_reported_once_in_either_order_of_events(shop: Shop, state_first: bool):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    shop.clock.advance(DAY)
    paid, state = shop.provider.recover("sub-1", PRICE), shop.provider.updated("sub-1")
    await shop.deliver(*((state, paid) if state_first else (paid, state)))
    assert (len(await shop.notified("recovered")), await shop.notified("renewed")) == (1, [])
    shop.clock.advance(PERIOD - DAY)
    await shop.deliver(shop.provider.renew("sub-1", PRICE))
    assert (len(await shop.notified("recovered")), len(await shop.notified("renewed"))) == (1, 1)


async def test_failure_received_after_the_recovery_is_not_reported(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    failed = shop.provider.fail_renewal("sub-1")
    recovered = shop.provider.recover("sub-1", PRICE)
    await shop.deliver(recovered, failed)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.notified("payment_failed") == []


async def test_subscription_abandoned_by_the_provider_keeps_its_grace_period(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1", final=True))
    await shop.deliver(shop.provider.end("sub-1"))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.PAST_DUE
    shop.clock.advance(shop.policy.grace - DAY)
    await shop.run_due()
    assert await shop.jobs("core.check_subscription") == []
