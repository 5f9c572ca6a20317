"""A PayPal renewal that is paid by eCheck, about which the payer's bank decides days later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import ProviderStatus
from tests.contract.test_paypal_purchase import BOUGHT, Counter, opened
from tests.support.paypal_till import open_till

DAY = timedelta(days=1)


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    async with open_till() as till:
        yield await opened(till)


async def at_bank(counter: Counter) -> str:
    """Buy a month, let its renewal be paid by eCheck, and return the subscription's id at PayPal."""
    ref = await counter.buy()
    await counter.apply_webhooks(*BOUGHT)
    await counter.till.shop.act(ref, "late")
    await counter.till.shop.advance(days=31)
    await counter.till.reported("PAYMENT.SALE.PENDING")
    await checked(counter)
    return ref


async def checked(counter: Counter) -> None:
    subscription = (await counter.holds()).subscription
    await counter.shop.check(subscription.id)


async def test_snapshot_of_a_renewal_at_the_bank_is_unsettled(counter: Counter) -> None:
    ref = await at_bank(counter)
    found = await counter.till.fetched(ref)
    assert (found.status, found.unsettled) == (ProviderStatus.ACTIVE, True)
    await counter.till.shop.act(ref, "bank_pays")
    assert not (await counter.till.fetched(ref)).unsettled


async def test_renewal_at_the_bank_keeps_access_and_raises_no_alarm(counter: Counter) -> None:
    ref = await at_bank(counter)
    for _ in range(5):
        await counter.till.shop.advance(days=1)
        await checked(counter)
        held = await counter.holds()
        assert (held.subscription.status, len(held.payments)) == (SubscriptionStatus.ACTIVE, 1)
    assert not await counter.shop.alarms()
    assert not await counter.shop.notified("renewed")
    assert not await counter.shop.notified("payment_failed")

    await counter.till.shop.act(ref, "bank_pays")
    await counter.apply_webhooks("PAYMENT.SALE.COMPLETED", index=1)

    held = await counter.holds()
    assert len(held.payments) == 2
    assert held.subscription.access_until == (await counter.till.fetched(ref)).current_period_end
    assert len(await counter.shop.notified("renewed")) == 1


async def test_renewal_that_the_bank_refuses_after_days_begins_its_grace_with_the_refusal(counter: Counter) -> None:
    ref = await at_bank(counter)
    await counter.till.shop.advance(days=6)
    await checked(counter)
    await counter.till.shop.act(ref, "prompt")
    await counter.till.shop.act(ref, "fail_payment")
    await counter.till.shop.act(ref, "bank_refuses")
    await counter.apply_webhooks("PAYMENT.SALE.DENIED", "BILLING.SUBSCRIPTION.PAYMENT.FAILED")
    await checked(counter)
    held = await counter.holds()
    assert held.subscription.status is SubscriptionStatus.PAST_DUE
    await counter.till.shop.advance(days=2)
    await checked(counter)
    assert (await counter.holds()).subscription.status is SubscriptionStatus.PAST_DUE
    assert not await counter.shop.alarms()


async def test_retry_at_the_bank_keeps_access_until_the_bank_decides(counter: Counter) -> None:
    ref = await counter.buy()
    await counter.apply_webhooks(*BOUGHT)
    await counter.till.shop.act(ref, "fail_payment")
    await counter.till.shop.advance(days=31)
    await counter.apply_webhooks("BILLING.SUBSCRIPTION.PAYMENT.FAILED")
    assert (await counter.holds()).subscription.status is SubscriptionStatus.PAST_DUE
    await counter.till.shop.act(ref, "late")
    await counter.till.shop.control("POST", f"subscriptions/paypal/{ref}/recover")
    found = await counter.till.fetched(ref)
    assert (found.status, found.unsettled, found.owed) == (ProviderStatus.ACTIVE, True, None)
    for _ in range(9):
        await counter.till.shop.advance(days=1)
        await checked(counter)
    assert (await counter.holds()).subscription.status is SubscriptionStatus.ACTIVE
    await counter.till.shop.act(ref, "bank_pays")
    await counter.apply_webhooks("PAYMENT.SALE.COMPLETED", index=1)
    held = await counter.holds()
    assert (held.subscription.status, len(held.payments)) == (SubscriptionStatus.ACTIVE, 2)
