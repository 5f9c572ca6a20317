"""The next charge of a subscription as Stripe's preview reports it, compared with the actual charge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionSnapshot
from subscriptions.infrastructure.payments.stripe.upcoming import NONE_COMES
from tests.support.stripe_till import EUR, VERSIONS, Till, open_till
from umbral_sandbox.world.faults import Fault

DAY = timedelta(days=1)
PAUSES = ("void", "mark_uncollectible", "keep_as_draft")


async def found(till: Till, ref: str) -> SubscriptionSnapshot:
    snapshot = await till.gateway.fetch_subscription(ref)
    assert snapshot is not None
    return snapshot


async def upcoming(till: Till, ref: str) -> UpcomingCharge:
    word = (await found(till, ref)).upcoming
    assert word is not None
    return word


async def update(till: Till, ref: str, **changes: Any) -> None:
    given: Any = changes
    await till.shop.client.v1.subscriptions.update_async(ref, given)


async def item_of(till: Till, ref: str) -> str:
    node = await till.shop.client.v1.subscriptions.retrieve_async(ref)
    return str(node["items"].data[0].id)


async def several(till: Till, ref: str) -> None:
    change = {"id": await item_of(till, ref), "quantity": 2}
    await update(till, ref, items=[change], proration_behavior="none")


async def prorated(till: Till, ref: str) -> None:
    await update(till, ref, items=[{"id": await item_of(till, ref), "quantity": 3}])


async def dearer(till: Till, ref: str) -> None:
    price = await till.shop.price(3999)
    change = {"id": await item_of(till, ref), "price": price.id}
    await update(till, ref, items=[change], proration_behavior="none")


async def coupon(till: Till, ref: str, off: int, duration: Any) -> None:
    made = await till.shop.client.v1.coupons.create_async({"amount_off": off, "currency": "eur", "duration": duration})
    await update(till, ref, discounts=[{"coupon": made.id}])


async def half(till: Till, ref: str) -> None:
    await coupon(till, ref, 1500, "once")


async def free(till: Till, ref: str) -> None:
    await coupon(till, ref, 2999, "forever")


async def credit(till: Till, ref: str) -> None:
    node = await till.shop.client.v1.subscriptions.retrieve_async(ref)
    await till.shop.client.v1.customers.update_async(str(node.customer), {"balance": -500})


async def nothing(till: Till, ref: str) -> None:
    """Leave the subscription unchanged."""


@pytest.mark.parametrize(
    ("change", "minor"),
    [(nothing, 2999), (several, 5998), (dearer, 3999), (half, 1499), (free, 0), (credit, 2499), (prorated, None)],
)
async def test_reported_next_amount_equals_the_later_charge(till: Till, change: Any, minor: int | None) -> None:
    ref = await till.subscribed()
    await change(till, ref)
    snapshot = await found(till, ref)
    word = await upcoming(till, ref)
    assert word.at == snapshot.current_period_end
    assert minor is None or word.amount == Money(minor, "EUR")
    await till.shop.act(ref, "renew")
    bills = await till.shop.client.v1.invoices.list_async({"subscription": ref})
    assert word.amount == Money(bills.data[0].amount_due, "EUR")


@pytest.mark.parametrize("version", VERSIONS)
async def test_next_charge_of_a_trial_is_at_the_end_of_the_trial(version: str) -> None:
    async with open_till(version) as till:
        ref = await till.subscribed(trial_days=14)
        snapshot = await found(till, ref)
        word = await upcoming(till, ref)
        assert (snapshot.status, word.at, word.amount) == (ProviderStatus.TRIALING, snapshot.current_period_end, EUR)


async def test_later_trial_end_postpones_the_next_charge(till: Till) -> None:
    ref = await till.subscribed()
    end = till.shop.world.clock.timestamp() + 60 * 24 * 60 * 60
    await update(till, ref, trial_end=end, proration_behavior="none")
    word = await upcoming(till, ref)
    assert (word.at, word.amount) == (datetime.fromtimestamp(end, UTC), EUR)


@pytest.mark.parametrize("behavior", PAUSES)
async def test_subscription_paused_without_an_end_date_has_no_next_charge(till: Till, behavior: str) -> None:
    ref = await till.subscribed()
    await update(till, ref, pause_collection={"behavior": behavior})
    for _ in range(2):
        word = await upcoming(till, ref)
        assert (word.at, word.amount) == (None, None)
        await till.shop.act(ref, "renew")
    await update(till, ref, pause_collection="")
    assert (await upcoming(till, ref)).at == (await found(till, ref)).current_period_end


async def test_subscription_paused_until_a_date_is_charged_at_the_next_renewal(till: Till) -> None:
    """Two renewals are skipped. A pause that ends within a period lasts until the next renewal."""
    ref = await till.subscribed()
    end = (await found(till, ref)).current_period_end
    assert end is not None
    resumes = end + 40 * DAY
    await update(till, ref, pause_collection={"behavior": "void", "resumes_at": int(resumes.timestamp())})
    word = await upcoming(till, ref)
    assert word.at is not None
    assert resumes <= word.at < resumes + 31 * DAY
    await till.shop.act(ref, "renew")
    snapshot = await found(till, ref)
    assert snapshot.current_period_end is not None
    assert snapshot.current_period_end < resumes, "one more renewal is left out"
    assert (snapshot.upcoming and snapshot.upcoming.at) == snapshot.pause_until
    assert (await upcoming(till, ref)).at == word.at


async def test_subscription_on_hold_has_no_next_charge(till: Till) -> None:
    ref = await till.subscribed()
    assert await till.gateway.pause_billing(ref) is True
    assert (await upcoming(till, ref)).at is None
    assert await till.gateway.release_charges(ref) is True
    assert (await upcoming(till, ref)).at is not None


async def test_subscription_canceled_at_period_end_has_no_next_charge(till: Till) -> None:
    ref = await till.subscribed()
    assert await till.gateway.cancel_subscription(ref) is True
    assert (await upcoming(till, ref)).at is None
    assert await till.gateway.resume_subscription(ref) is True
    assert (await upcoming(till, ref)).amount == EUR


@pytest.mark.parametrize("version", VERSIONS)
async def test_subscription_with_later_end_date_renews_until_that_date(version: str) -> None:
    async with open_till(version) as till:
        ref = await till.subscribed()
        end = (await found(till, ref)).current_period_end
        assert end is not None
        await update(till, ref, cancel_at=int((end + 10 * DAY).timestamp()))
        snapshot = await found(till, ref)
        assert (snapshot.cancel_at_period_end, snapshot.cancel_at) == (False, end + 10 * DAY)
        assert (await upcoming(till, ref)).at == end
        await till.shop.act(ref, "renew")
        last = await found(till, ref)
        assert (last.cancel_at_period_end, last.upcoming and last.upcoming.at) == (True, None)
        assert await till.gateway.resume_subscription(ref) is True
        kept = await found(till, ref)
        assert (kept.cancel_at_period_end, kept.cancel_at) == (False, None)


async def scheduled(till: Till, ref: str, minor: int, end_behavior: Any) -> None:
    schedules = till.shop.client.v1.subscription_schedules
    made = await schedules.create_async({"from_subscription": ref})
    phase, price = made.phases[0], await till.shop.price(minor)
    present: Any = {
        "items": [{"price": phase["items"][0]["price"], "quantity": 1}],
        "start_date": phase.start_date,
        "end_date": phase.end_date,
    }
    following: Any = {"items": [{"price": price.id, "quantity": 1}], "duration": {"interval": "month"}}
    await schedules.update_async(made.id, {"phases": [present, following], "end_behavior": end_behavior})


async def test_price_scheduled_for_the_renewal_is_the_next_amount(till: Till) -> None:
    ref = await till.subscribed()
    await scheduled(till, ref, 1999, "release")
    assert (await upcoming(till, ref)).amount == Money(1999, "EUR")
    await till.shop.act(ref, "renew")
    assert (await upcoming(till, ref)).amount == Money(1999, "EUR")


async def test_subscription_with_a_schedule_that_cancels_it_later_renews_until_the_cancellation(till: Till) -> None:
    ref = await till.subscribed()
    await scheduled(till, ref, 1999, "cancel")
    snapshot, word = await found(till, ref), await upcoming(till, ref)
    assert (snapshot.cancel_at_period_end, word.amount) == (False, Money(1999, "EUR"))
    assert snapshot.cancel_at is not None
    assert await till.gateway.resume_subscription(ref) is True
    assert (await found(till, ref)).cancel_at is None


async def test_ended_subscription_has_no_next_charge(till: Till) -> None:
    ref = await till.subscribed()
    assert await till.gateway.cancel_subscription(ref, at_period_end=False) is True
    assert (await upcoming(till, ref)).at is None
    with pytest.raises(stripe.InvalidRequestError, match="No upcoming invoices") as refused:
        await till.shop.client.v1.invoices.create_preview_async({"subscription": ref})
    assert (refused.value.http_status, refused.value.code) == (404, NONE_COMES)


async def test_next_charge_is_unknown_while_a_charge_is_outstanding(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "fail_payment")
    await till.shop.act(ref, "renew")
    snapshot = await found(till, ref)
    assert (snapshot.status, snapshot.upcoming) == (ProviderStatus.PAST_DUE, None)


@pytest.mark.parametrize(("do", "code"), [("error", 400), ("garbage", None)])
async def test_failed_preview_still_returns_the_subscription(till: Till, do: Any, code: int | None) -> None:
    ref = await till.subscribed()
    till.shop.world.wire.set_faults([Fault(on="stripe", do=do, code=code, method="POST /v1/invoices/create_preview")])
    snapshot = await found(till, ref)
    assert (snapshot.status, snapshot.upcoming) == (ProviderStatus.ACTIVE, None)
