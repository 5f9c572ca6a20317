"""Subscription schedules and previews of the simulator: their effects and refusals, as at the provider."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from tests.support.stripe_sandbox import Shop, running_shop

Subscription = stripe.Subscription


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running_shop() as running:
        yield running


async def scheduled(shop: Shop) -> tuple[Subscription, stripe.SubscriptionSchedule, stripe.Price]:
    subscription = await shop.subscribed()
    made = await shop.client.v1.subscription_schedules.create_async({"from_subscription": subscription.id})
    return subscription, made, await shop.price(1999)


def phases(subscription: Subscription, coming: str, **changes: Any) -> Any:
    item = subscription.items.data[0]
    present = {
        "items": [{"price": item.price.id, "quantity": 1}],
        "start_date": item.current_period_start,
        "end_date": item.current_period_end,
    }
    then = {"items": [{"price": coming, "quantity": 1}], "duration": {"interval": "month", "interval_count": 1}}
    return {"phases": [present, then | changes], "end_behavior": "release"}


async def test_schedule_changes_the_price_at_renewal_and_is_released_after_a_period(shop: Shop) -> None:
    subscription, made, cheaper = await scheduled(shop)
    await shop.client.v1.subscription_schedules.update_async(made.id, phases(subscription, cheaper.id))
    kept = await shop.client.v1.subscriptions.retrieve_async(subscription.id, {"expand": ["schedule"]})
    assert isinstance(kept.schedule, stripe.SubscriptionSchedule)
    assert [phase.items[0].price for phase in kept.schedule.phases][1] == cheaper.id
    await shop.act(subscription.id, "renew")
    turned = await shop.client.v1.subscriptions.retrieve_async(subscription.id)
    assert (turned.items.data[0].price.id, turned.schedule) == (cheaper.id, made.id)
    bills = await shop.client.v1.invoices.list_async({"subscription": subscription.id})
    assert bills.data[0].amount_paid == 1999
    await shop.act(subscription.id, "renew")
    assert (await shop.client.v1.subscriptions.retrieve_async(subscription.id)).schedule is None
    [released] = await shop.received("subscription_schedule.released")
    assert released["data"]["object"]["released_subscription"] == subscription.id


async def test_released_schedule_has_no_effect_and_cannot_be_changed(shop: Shop) -> None:
    subscription, made, cheaper = await scheduled(shop)
    schedules = shop.client.v1.subscription_schedules
    await schedules.update_async(made.id, phases(subscription, cheaper.id))
    released = await schedules.release_async(made.id)
    assert (released.status, released.subscription, released.released_subscription) == (
        "released",
        None,
        subscription.id,
    )
    for call in (schedules.release_async(made.id), schedules.update_async(made.id, {"end_behavior": "cancel"})):
        with pytest.raises(stripe.InvalidRequestError, match="currently in the `released` status"):
            await call
    await shop.act(subscription.id, "renew")
    bills = await shop.client.v1.invoices.list_async({"subscription": subscription.id})
    assert bills.data[0].amount_paid == 2999


async def test_subscription_with_a_schedule_refuses_another_schedule_and_period_end_cancellation(shop: Shop) -> None:
    subscription, made, _ = await scheduled(shop)
    with pytest.raises(stripe.InvalidRequestError, match="already attached to a schedule"):
        await shop.client.v1.subscription_schedules.create_async({"from_subscription": subscription.id})
    with pytest.raises(stripe.InvalidRequestError, match=f"managed by the subscription schedule `{made.id}`"):
        await shop.client.v1.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})
    await shop.client.v1.subscriptions.cancel_async(subscription.id)
    assert (await shop.client.v1.subscription_schedules.retrieve_async(made.id)).status == "canceled"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"duration": {"interval": "month"}, "end_date": 4_000_000_000}, "exactly one of"),
        ({"items": [{"price": "price_gone"}]}, "No such price"),
        ({"start_date": 1}, "start date of a phase"),
        ({"iterations": 1}, "Received unknown parameter"),
    ],
)
async def test_invalid_phases_are_refused(shop: Shop, changes: dict[str, Any], words: str) -> None:
    subscription, made, cheaper = await scheduled(shop)
    with pytest.raises(stripe.InvalidRequestError, match=words):
        await shop.client.v1.subscription_schedules.update_async(made.id, phases(subscription, cheaper.id, **changes))


async def test_preview_equals_the_cost_of_the_change_and_changes_nothing(shop: Shop) -> None:
    subscription, dearer = await shop.subscribed(), await shop.price(5999)
    item = subscription.items.data[0]
    await shop.advance(seconds=(item.current_period_end - item.current_period_start) / 3)
    at = shop.world.clock.timestamp()
    change: Any = {
        "items": [{"id": item.id, "price": dearer.id}],
        "proration_behavior": "always_invoice",
        "proration_date": at,
    }
    asked: Any = {"subscription": subscription.id, "subscription_details": change}
    preview = await shop.client.v1.invoices.create_preview_async(asked)
    assert preview.id is not None
    assert preview.id.startswith("upcoming_in_")
    assert len((await shop.client.v1.invoices.list_async({"subscription": subscription.id})).data) == 1
    await shop.advance(minutes=10)
    await shop.client.v1.subscriptions.update_async(subscription.id, change)
    bills = await shop.client.v1.invoices.list_async({"subscription": subscription.id})
    assert bills.data[0].amount_paid == preview.amount_due


async def test_update_with_a_failing_payment_is_not_applied(shop: Shop) -> None:
    subscription, dearer = await shop.subscribed(), await shop.price(5999)
    await shop.act(subscription.id, "fail_payment")
    change: Any = {
        "items": [{"id": subscription.items.data[0].id, "price": dearer.id}],
        "proration_behavior": "always_invoice",
        "payment_behavior": "error_if_incomplete",
    }
    with pytest.raises(stripe.CardError) as caught:
        await shop.client.v1.subscriptions.update_async(subscription.id, change)
    assert (caught.value.http_status, caught.value.code) == (402, "card_declined")
    kept = await shop.client.v1.subscriptions.retrieve_async(subscription.id)
    assert kept.items.data[0].price.id != dearer.id
    with pytest.raises(stripe.InvalidRequestError, match="outside of current subscription period"):
        await shop.client.v1.subscriptions.update_async(subscription.id, {**change, "proration_date": 1})


async def test_preview_of_the_next_period_equals_its_invoice(shop: Shop) -> None:
    subscription, made, cheaper = await scheduled(shop)
    await shop.client.v1.subscription_schedules.update_async(made.id, phases(subscription, cheaper.id))
    previews = [
        await shop.client.v1.invoices.create_preview_async({"subscription": subscription.id}),
        await shop.client.v1.invoices.create_preview_async({"schedule": made.id}),
    ]
    end = subscription.items.data[0].current_period_end
    assert [(each.amount_due, each.billing_reason, each.period_end) for each in previews] == [
        (1999, "upcoming", end)
    ] * 2
    await shop.act(subscription.id, "renew")
    bills = await shop.client.v1.invoices.list_async({"subscription": subscription.id})
    assert bills.data[0].amount_paid == 1999


async def test_invoice_preview_of_an_ending_or_ambiguous_subscription_is_refused(shop: Shop) -> None:
    subscription, made, _ = await scheduled(shop)
    invoices = shop.client.v1.invoices
    with pytest.raises(stripe.InvalidRequestError, match="only specify one of these parameters"):
        await invoices.create_preview_async({"subscription": subscription.id, "schedule": made.id})
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription_schedule"):
        await invoices.create_preview_async({"schedule": "sub_sched_gone"})
    await shop.client.v1.subscription_schedules.release_async(made.id)
    await shop.client.v1.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError, match="No upcoming invoices") as refused:
        await invoices.create_preview_async({"subscription": subscription.id})
    assert (refused.value.http_status, refused.value.code) == (404, "invoice_upcoming_none")


async def test_canceling_schedule_ends_its_subscription_with_the_last_phase(shop: Shop) -> None:
    subscription, made, cheaper = await scheduled(shop)
    plan = phases(subscription, cheaper.id) | {"end_behavior": "cancel"}
    updated = await shop.client.v1.subscription_schedules.update_async(made.id, plan)
    planned = await shop.client.v1.subscriptions.retrieve_async(subscription.id)
    assert planned.cancel_at == updated.phases[-1].end_date
    await shop.advance(days=62)
    over = await shop.client.v1.subscriptions.retrieve_async(subscription.id)
    assert over.status == "canceled"
    bills = await shop.client.v1.invoices.list_async({"subscription": subscription.id})
    assert [each.amount_paid for each in bills.data] == [1999, 2999]
