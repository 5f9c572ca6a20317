"""Renewals after the owner changed a subscription in Stripe's dashboard, with the sandbox's Stripe as provider."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from subscriptions.application.expiry.check_subscription import CheckSubscription
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from tests.contract.test_stripe_reductions import Member, opened
from tests.support.stripe_till import EUR, Till

DAY = timedelta(days=1)


@pytest.fixture
async def member(till: Till) -> Member:
    made = await opened(till)
    await made.joins()
    return made


async def item_of(member: Member) -> str:
    subscription = await member.till.shop.client.v1.subscriptions.retrieve_async(member.ref)
    return str(subscription["items"].data[0].id)


async def other_price(member: Member, minor: int) -> str:
    client = member.till.shop.client.v1
    product = await client.products.create_async({"name": "Otro precio"})
    price = await client.prices.create_async(
        {"unit_amount": minor, "currency": "eur", "product": product.id, "recurring": {"interval": "month"}}
    )
    return price.id


@pytest.mark.parametrize("minor", [3999, 1999, 0])
async def test_renewal_at_another_price_pays_for_its_whole_period(member: Member, minor: int) -> None:
    price = await other_price(member, minor)
    await member.till.shop.client.v1.subscriptions.update_async(
        member.ref, {"items": [{"id": await item_of(member), "price": price}], "proration_behavior": "none"}
    )
    if minor:
        assert [await member.renews(index) for index in (1, 2)] == [Money(minor, "EUR")] * 2
    else:
        for index in (1, 2):
            await member.till.shop.act(member.ref, "renew")
            await member.shop.deliver(await member.till.event("invoice.paid", index))
            found = await member.till.gateway.fetch_subscription(member.ref)
            assert found is not None
            assert (await member.holds()).subscription.access_until == found.current_period_end
    assert "amount_mismatch" not in await member.shop.alarms()


async def test_renewal_of_quantity_two_pays_for_one_period(member: Member) -> None:
    await member.till.shop.client.v1.subscriptions.update_async(
        member.ref, {"items": [{"id": await item_of(member), "quantity": 2}], "proration_behavior": "none"}
    )
    assert [await member.renews(index) for index in (1, 2)] == [EUR + EUR] * 2
    assert await member.shop.alarms() == ["renewal_differs"]


async def check(member: Member) -> None:
    shop = member.shop
    held = (await member.holds()).subscription
    await CheckSubscription(shop.units, shop.follow, shop.clock, shop.policy)(held.id)


async def test_later_trial_end_extends_access(member: Member) -> None:
    client, before = member.till.shop.client.v1, (await member.holds()).subscription
    assert before.access_until is not None
    end = before.access_until + 30 * DAY
    await client.subscriptions.update_async(
        member.ref, {"trial_end": int(end.timestamp()), "proration_behavior": "none"}
    )
    await member.shop.deliver(await member.till.event("customer.subscription.updated"))
    held = (await member.holds()).subscription
    assert held.access_until == end
    assert held.status is SubscriptionStatus.ACTIVE
    member.till.shop.world.clock.advance(32 * DAY)
    await check(member)
    assert (await member.holds()).subscription.access_until == end, "asking again gives nothing more"
    assert await member.shop.alarms() == []


async def pass_period(member: Member) -> None:
    """Let the clock pass the end of the period, and wait until the sandbox has begun the next one."""
    before = await member.till.gateway.fetch_subscription(member.ref)
    assert before is not None
    assert before.current_period_end is not None
    member.till.shop.world.clock.advance(before.current_period_end - member.shop.clock.now() + timedelta(minutes=1))
    while True:
        found = await member.till.gateway.fetch_subscription(member.ref)
        assert found is not None
        if found.current_period_start == before.current_period_end:
            return
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("behavior", ["void", "mark_uncollectible", "keep_as_draft"])
async def test_collection_paused_without_a_date_raises_no_alarm(member: Member, behavior: str) -> None:
    before = (await member.holds()).subscription
    await member.till.shop.client.v1.subscriptions.update_async(
        member.ref, {"pause_collection": {"behavior": behavior}}
    )
    await member.shop.deliver(await member.till.event("customer.subscription.updated"))
    for _ in range(2):
        await pass_period(member)
        for _ in range(4):
            await check(member)
            member.till.shop.world.clock.advance(DAY / 4)
        held = (await member.holds()).subscription
        assert await member.shop.alarms() == []
        assert (held.status, held.access_until) == (SubscriptionStatus.PAUSED, before.access_until)
