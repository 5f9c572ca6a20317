"""A PayPal renewal that is paid by eCheck, about which the payer's bank decides days later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import ProviderStatus
from tests.contract.test_paypal_purchase import BOUGHT, Counter, opened
from tests.fakes.staff import Staff
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


async def test_canceled_subscription_keeps_access_while_its_renewal_is_at_the_bank(counter: Counter) -> None:
    ref = await at_bank(counter)
    await counter.shop.cancel(counter.ana.telegram_id, counter.plan.soft_id)
    found = await counter.till.fetched(ref)
    assert (found.cancel_at_period_end, found.unsettled) == (True, True)
    end = found.cancel_at
    for _ in range(5):
        await counter.till.shop.advance(days=1)
        await checked(counter)
    assert (await counter.holds()).subscription.status is SubscriptionStatus.CANCELED
    assert not await counter.shop.alarms()

    await counter.till.shop.act(ref, "bank_pays")
    await counter.apply_webhooks("PAYMENT.SALE.COMPLETED", index=1)

    held = await counter.holds()
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.CANCELED, end)


async def test_renewal_at_the_bank_outlasts_a_suspension_by_staff(counter: Counter) -> None:
    ref = await at_bank(counter)
    staff = Staff(counter.shop)
    await staff(SHELL, "suspend", (await counter.holds()).subscription.id, reason="motivo")
    await counter.shop.sync_billing()
    assert (await counter.till.fetched(ref)).held
    await counter.till.shop.advance(days=2)
    await checked(counter)
    await counter.till.shop.act(ref, "bank_pays")
    await counter.apply_webhooks("PAYMENT.SALE.COMPLETED", index=1)
    await counter.till.shop.advance(days=1)

    await staff(SHELL, "restore", (await counter.holds()).subscription.id, reason="motivo")
    await counter.shop.sync_billing()
    await checked(counter)

    held, found = await counter.holds(), await counter.till.fetched(ref)
    assert (held.subscription.status, len(held.payments)) == (SubscriptionStatus.ACTIVE, 2)
    assert held.subscription.access_until is not None
    assert found.current_period_end is not None
    assert abs(held.subscription.access_until - found.current_period_end - 3 * DAY) < timedelta(hours=1)


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


@pytest.mark.parametrize("bank", ["bank_pays", "bank_refuses"])
@pytest.mark.parametrize("renews", [True, False])
async def test_gift_paid_by_echeck_exists_once_the_bank_has_paid(counter: Counter, bank: str, *, renews: bool) -> None:
    if not renews:
        once = replace(counter.plan, recurring=False, interval=None, duration_days=30)
        await counter.shop.change_plan(once)
    await counter.shop.start(counter.ana.telegram_id, counter.plan.soft_id, for_another=True)
    control = counter.till.shop.control
    [page] = (await control("GET", "checkouts"))["checkouts"]
    await control("POST", f"checkouts/{page['id']}/pay", {"bank": "late"})
    await counter.apply_webhooks("CHECKOUT.ORDER.APPROVED")
    await counter.till.shop.advance(days=5)
    assert not counter.shop.memory.rows("payments")
    [payment] = (await control("GET", "payments"))["payments"]

    await control("POST", f"payments/paypal/{payment['id']}/{bank}")
    await counter.apply_webhooks(f"PAYMENT.CAPTURE.{'COMPLETED' if bank == 'bank_pays' else 'DENIED'}")

    [order] = counter.shop.memory.rows("orders")
    is_paid = bank == "bank_pays"
    assert (order.status is OrderStatus.PAID) is is_paid
    paid = [(row.flag, row.occurred_at) for row in counter.shop.memory.rows("payments")]
    assert len(paid) == is_paid
    if is_paid:
        assert abs(paid[0][1] - counter.shop.clock.now()) < timedelta(minutes=5)
    else:
        assert await counter.shop.notified("checkout_failed")
