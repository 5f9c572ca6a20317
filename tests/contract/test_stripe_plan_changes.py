"""The gateway against the sandbox's Stripe over HTTP: plan changes of a running subscription."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from stripe.params import SubscriptionUpdateParams

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import PLAN_CHANGE
from subscriptions.domain.ports.payment_gateway import (
    ChargeDeclined,
    GatewayRejected,
    PlanChangeRequest,
    SubscriptionSnapshot,
)
from tests.support.stripe_till import EUR, MONTHLY, VERSIONS, Kind, Till, open_till

CHEAP, DEAR = Money(1999, "EUR"), Money(4999, "EUR")


class Member:
    """Subscription to the middle one of three prices."""

    def __init__(self, till: Till, ref: str, prices: dict[Money, str]) -> None:
        self.till, self.ref, self.prices = till, ref, prices

    def request(self, price: Money, **changes: object) -> PlanChangeRequest:
        request = PlanChangeRequest(
            subscription_ref=self.ref,
            price_ref=self.prices[price],
            amount=price,
            at_renewal=price < EUR,
            as_of=self.till.shop.world.clock.now().replace(microsecond=0),
            interval=Interval.MONTH,
            interval_count=1,
            idempotency_key=f"change:{price.minor}",
        )
        return replace(request, **changes)

    async def snapshot(self) -> SubscriptionSnapshot:
        found = await self.till.gateway.fetch_subscription(self.ref)
        assert found is not None
        return found

    async def invoices(self) -> int:
        listed = await self.till.shop.client.v1.invoices.list_async({"subscription": self.ref})
        return len(listed.data)

    async def half_a_period(self) -> None:
        snapshot = await self.snapshot()
        assert snapshot.current_period_end is not None
        assert snapshot.current_period_start is not None
        half = (snapshot.current_period_end - snapshot.current_period_start) / 2
        await self.till.shop.advance(seconds=int(half.total_seconds()))


async def joined(till: Till) -> Member:
    prices = {}
    for amount, plan in ((CHEAP, "barato"), (EUR, "medio"), (DEAR, "caro")):
        request = replace(MONTHLY, plan=plan, name=plan.title(), amount=amount)
        prices[amount] = await till.gateway.ensure_price(request)
    ref = await till.subscribed(price_ref=prices[EUR])
    return Member(till, ref, prices)


@pytest.fixture
async def member(till: Till) -> Member:
    return await joined(till)


async def test_upgrade_charges_exactly_the_quoted_amount(member: Member) -> None:
    await member.half_a_period()
    request = member.request(DEAR)
    due = await member.till.gateway.quote_change(request)
    assert due is not None
    assert abs(due.minor - 1000) <= 1
    before = await member.snapshot()
    assert (before.price_ref, before.price) == (member.prices[EUR], EUR)
    await member.till.shop.advance(minutes=5)
    assert await member.till.gateway.change_plan(request)
    after = await member.snapshot()
    assert (after.price_ref, after.price) == (member.prices[DEAR], DEAR)
    assert after.current_period_end == before.current_period_end
    paid = await member.till.event("invoice.paid", 1)
    assert (paid.kind, paid.reason, paid.amount) == (Kind.PAYMENT_COMPLETED, PLAN_CHANGE, due)
    assert (paid.period_start, paid.period_end, paid.is_renewal) == (None, None, False)
    assert (paid.subscription_ref, paid.order_id) == (member.ref, "ord_1")


@pytest.mark.parametrize("version", VERSIONS)
async def test_proration_is_read_identically_in_every_api_version(version: str) -> None:
    async with open_till(version) as till:
        member = await joined(till)
        await till.gateway.change_plan(member.request(DEAR))
        paid = await till.event("invoice.paid", 1)
        assert (paid.reason, paid.amount, paid.period_end) == (PLAN_CHANGE, Money(2000, "EUR"), None)


async def test_undone_plan_change_can_be_requested_again_with_the_same_key(member: Member) -> None:
    request = member.request(CHEAP)
    assert await member.till.gateway.change_plan(request)
    assert await member.till.gateway.undo_change(member.ref)
    assert (await member.snapshot()).next_price_ref is None

    assert await member.till.gateway.change_plan(request)

    assert (await member.snapshot()).next_price_ref == member.prices[CHEAP]


async def test_concurrent_requests_schedule_one_change(member: Member) -> None:
    request = member.request(CHEAP)
    presses = await asyncio.gather(*[member.till.gateway.change_plan(request) for _ in range(4)])
    assert presses == [True] * 4
    assert (await member.snapshot()).next_price_ref == member.prices[CHEAP]


async def test_repeated_upgrade_charges_once(member: Member) -> None:
    request = member.request(DEAR)
    assert await member.till.gateway.change_plan(request)
    assert await member.till.gateway.change_plan(request)
    assert await member.till.gateway.change_plan(replace(request, idempotency_key="another"))
    assert await member.till.gateway.quote_change(request) == Money(0, "EUR")
    assert await member.invoices() == 2


async def test_declined_charge_does_not_change_the_plan_and_can_be_retried(member: Member) -> None:
    await member.till.shop.act(member.ref, "fail_payment")
    with pytest.raises(ChargeDeclined):
        await member.till.gateway.change_plan(member.request(DEAR))
    assert (await member.snapshot()).price == EUR
    assert await member.invoices() == 1
    await member.till.shop.act(member.ref, "recover")
    assert await member.till.gateway.change_plan(member.request(DEAR, idempotency_key="again"))
    assert (await member.snapshot()).price == DEAR


async def test_downgrade_takes_effect_at_the_renewal(member: Member) -> None:
    request = member.request(CHEAP)
    assert await member.till.gateway.quote_change(request) == Money(0, "EUR")
    assert await member.till.gateway.change_plan(request)
    assert await member.till.gateway.change_plan(request)
    found = await member.snapshot()
    assert found.current_period_end is not None
    assert (found.price_ref, found.next_price_ref) == (member.prices[EUR], member.prices[CHEAP])
    assert found.next_price_at == found.current_period_end
    assert await member.invoices() == 1
    await member.till.shop.act(member.ref, "renew")
    renewed = await member.till.event("invoice.paid", 1)
    assert (renewed.amount, renewed.is_renewal, renewed.regular) == (CHEAP, True, None)
    found = await member.snapshot()
    assert (found.price, found.next_price_ref) == (CHEAP, None)
    await member.till.shop.act(member.ref, "renew")
    assert (await member.till.event("invoice.paid", 2)).amount == CHEAP
    subscription = await member.till.shop.client.v1.subscriptions.retrieve_async(member.ref)
    assert subscription.schedule is None


async def test_scheduled_plan_change_is_undone(member: Member) -> None:
    await member.till.gateway.change_plan(member.request(CHEAP))
    assert await member.till.gateway.undo_change(member.ref)
    assert await member.till.gateway.undo_change(member.ref)
    assert (await member.snapshot()).next_price_ref is None
    reported = await member.till.event("subscription_schedule.released")
    assert (reported.kind, reported.subscription_ref) == (Kind.SUBSCRIPTION_UPDATED, member.ref)
    await member.till.shop.act(member.ref, "renew")
    assert (await member.till.event("invoice.paid", 1)).amount == EUR


@pytest.mark.parametrize("is_undone", [True, False])
async def test_coupon_of_the_seller_survives_a_scheduled_plan_change(member: Member, is_undone: bool) -> None:
    client = member.till.shop.client.v1
    coupon = await client.coupons.create_async({"amount_off": 1000, "currency": "eur", "duration": "forever"})
    await client.subscriptions.update_async(member.ref, {"discounts": [{"coupon": coupon.id}]})
    await member.till.gateway.change_plan(member.request(CHEAP))
    if is_undone:
        await member.till.gateway.undo_change(member.ref)
    due = (EUR if is_undone else CHEAP) - Money(1000, "EUR")
    upcoming = (await member.snapshot()).upcoming
    assert upcoming is not None
    assert upcoming.amount == due
    for index in (1, 2):
        await member.till.shop.act(member.ref, "renew")
        assert (await member.till.event("invoice.paid", index)).amount == due


async def test_quantity_survives_an_undone_plan_change(member: Member) -> None:
    client = member.till.shop.client.v1
    (item,) = (await client.subscriptions.retrieve_async(member.ref))["items"].data
    items = [{"id": item.id, "quantity": 2}]
    await client.subscriptions.update_async(member.ref, {"items": items, "proration_behavior": "none"})
    await member.till.gateway.change_plan(member.request(CHEAP))
    await member.till.gateway.undo_change(member.ref)
    await member.till.shop.act(member.ref, "renew")
    assert (await member.till.event("invoice.paid", 1)).amount == EUR + EUR


@pytest.mark.parametrize(("price", "quantity", "due"), [(DEAR, 2, 8998), (DEAR, 1, 3999), (CHEAP, 2, 999)])
async def test_previewed_renewal_is_charged_with_the_quantity_and_coupon_of_the_seller(
    member: Member, price: Money, quantity: int, due: int
) -> None:
    client = member.till.shop.client.v1
    coupon = await client.coupons.create_async({"amount_off": 1000, "currency": "eur", "duration": "forever"})
    (item,) = (await client.subscriptions.retrieve_async(member.ref))["items"].data
    changes: SubscriptionUpdateParams = {
        "items": [{"id": item.id, "quantity": quantity}],
        "proration_behavior": "none",
        "discounts": [{"coupon": coupon.id}],
    }
    await client.subscriptions.update_async(member.ref, changes)
    await member.half_a_period()
    assert await member.till.gateway.preview_renewal(member.request(price)) == Money(due, "EUR")
    assert (await member.snapshot()).price == EUR

    assert await member.till.gateway.change_plan(member.request(price))
    upcoming = (await member.snapshot()).upcoming
    assert upcoming is not None
    assert upcoming.amount == Money(due, "EUR")
    invoices = await member.invoices()
    await member.till.shop.act(member.ref, "renew")
    assert (await member.till.event("invoice.paid", invoices)).amount == Money(due, "EUR")


async def test_renewal_after_an_unscheduled_change_is_previewed_instead_of_the_scheduled_one(member: Member) -> None:
    assert await member.till.gateway.change_plan(member.request(CHEAP))
    assert await member.till.gateway.preview_renewal(member.request(DEAR)) == DEAR


async def test_later_plan_change_replaces_a_scheduled_change(member: Member) -> None:
    await member.till.gateway.change_plan(member.request(CHEAP))
    assert await member.till.gateway.change_plan(member.request(DEAR))
    found = await member.snapshot()
    assert (found.price, found.next_price_ref) == (DEAR, None)


async def test_plan_change_uses_an_existing_subscription_schedule_without_a_price_change(member: Member) -> None:
    await member.till.shop.client.v1.subscription_schedules.create_async({"from_subscription": member.ref})
    assert (await member.snapshot()).next_price_ref is None
    assert await member.till.gateway.change_plan(member.request(CHEAP))
    assert (await member.snapshot()).next_price_ref == member.prices[CHEAP]


async def test_cancellation_drops_a_scheduled_change(member: Member) -> None:
    await member.till.gateway.change_plan(member.request(CHEAP))
    assert await member.till.gateway.cancel_subscription(member.ref)
    found = await member.snapshot()
    assert (found.cancel_at_period_end, found.next_price_ref) == (True, None)
    assert await member.till.gateway.resume_subscription(member.ref)
    # A customer who resumes may request the same change again.
    assert await member.till.gateway.change_plan(member.request(CHEAP))
    assert (await member.snapshot()).next_price_ref == member.prices[CHEAP]


async def test_ended_or_unknown_subscription_cannot_be_changed(member: Member) -> None:
    gateway = member.till.gateway
    unknown = member.request(DEAR, subscription_ref="sub_nobody")
    assert await gateway.quote_change(unknown) is None
    assert not await gateway.change_plan(unknown)
    assert not await gateway.undo_change("")
    assert await gateway.cancel_subscription(member.ref, at_period_end=False)
    assert await gateway.quote_change(member.request(DEAR)) is None
    assert not await gateway.change_plan(member.request(DEAR))
    assert not await gateway.undo_change(member.ref)


async def test_price_that_differs_from_the_plan_is_refused(member: Member) -> None:
    wrong = member.request(DEAR, amount=Money(100, "EUR"))
    with pytest.raises(GatewayRejected):
        await member.till.gateway.quote_change(wrong)
    with pytest.raises(GatewayRejected):
        await member.till.gateway.change_plan(wrong)
    assert (await member.snapshot()).price == EUR


async def test_change_made_in_the_dashboard_is_charged_with_the_renewal(member: Member) -> None:
    """A change in Stripe's dashboard adds the proration to the next invoice."""
    await member.half_a_period()
    client = member.till.shop.client.v1.subscriptions
    subscription = await client.retrieve_async(member.ref)
    item = {"id": subscription.items.data[0].id, "price": member.prices[DEAR]}
    await client.update_async(member.ref, {"items": [item]})
    await member.till.shop.act(member.ref, "renew")
    renewed = await member.till.event("invoice.paid", 1)
    assert renewed.amount is not None
    assert abs(renewed.amount.minor - 5999) <= 1
    assert (renewed.regular, renewed.is_renewal) == (DEAR, True)
    assert renewed.period_end is not None
    assert renewed.period_start is not None
    assert renewed.period_end - renewed.period_start > timedelta(days=27)


async def moved(member: Member) -> SubscriptionSnapshot:
    """Schedule a change to the cheap plan, and move its charge by forty days."""
    paid = await member.snapshot()
    assert paid.current_period_end is not None
    assert await member.till.gateway.change_plan(member.request(CHEAP))
    to = paid.current_period_end + timedelta(days=40)
    for _ in range(2):
        assert await member.till.gateway.reschedule_charge(member.ref, to, idempotency_key="once") is True
    snapshot = await member.snapshot()
    assert (snapshot.charge_moved_to, snapshot.next_price_ref) == (to, None)
    return snapshot


async def test_scheduled_change_takes_effect_with_the_moved_charge(member: Member) -> None:
    snapshot = await moved(member)
    assert (snapshot.price_ref, snapshot.price) == (member.prices[CHEAP], CHEAP)
    to = snapshot.charge_moved_to
    assert to is not None
    await member.till.shop.control("POST", "clock/advance", {"days": 65})
    since = to - timedelta(days=50)
    assert await member.till.gateway.fetch_payments(member.ref, since) == []
    await member.till.shop.control("POST", "clock/advance", {"days": 8})
    assert [paid.amount for paid in await member.till.gateway.fetch_payments(member.ref, since)] == [CHEAP]


async def test_scheduled_change_can_be_undone_after_its_charge_was_moved(member: Member) -> None:
    before = await moved(member)
    assert await member.till.gateway.undo_change(member.ref)
    snapshot = await member.snapshot()
    assert (snapshot.price_ref, snapshot.charge_moved_to) == (member.prices[EUR], before.charge_moved_to)
