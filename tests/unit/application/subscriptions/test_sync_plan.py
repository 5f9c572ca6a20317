"""Plan changes made at the provider: events in any order, late events, and changes that cannot be applied."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import PlanSwitchedMessage
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.entities.subscription import STAFF
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.support.plan_member import DEAR, HALF, MIDDLE, Member, charged, member_of, request_for


@pytest.fixture
async def member(shop: Shop) -> Member:
    return await member_of(shop)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
async def test_events_of_a_plan_change_have_the_same_result_in_any_order(shop: Shop, member: Member, order):
    """The provider sends three events: the payment of the price difference, the subscription's update and the next
    renewal.
    """
    request = dataclasses.replace(request_for(member, "dear"), as_of=shop.clock.now())
    await shop.provider.change_plan(request)
    (paid,) = charged(shop)
    updated = shop.provider.updated("sub-1")
    shop.clock.advance(HALF)
    events = [paid, updated, shop.provider.renew("sub-1", DEAR)]
    await shop.deliver(*(events[index] for index in order))
    await member.has("dear")
    assert (await member.subscription()).access_until == member.end + PERIOD
    assert len(await shop.notified("plan_switched")) == 1
    assert await shop.alarms() == []


async def test_payment_at_the_old_price_received_after_a_plan_change_is_applied(shop: Shop, member: Member):
    shop.clock.advance(HALF)
    late = shop.provider.renew("sub-1", MIDDLE)
    await shop.deliver(shop.provider.updated("sub-1"))
    shop.clock.advance(timedelta(days=1))
    subscription = (await member.subscription()).id.hex[:8].upper()
    quote = await shop.changes.quote(member.to, subscription, member.plans["dear"].soft_id)
    await member.confirm(quote)
    entry = (await shop.deliver(late))[0]
    assert entry.note == "counted"
    assert (await member.subscription()).access_until == member.end + PERIOD
    assert await shop.alarms() == []


async def test_renewal_that_includes_a_plan_change_is_applied(shop: Shop, member: Member):
    """The plan was changed at the provider, which adds the price difference to the next invoice."""
    dear = member.plans["dear"]
    shop.provider.change("sub-1", price_ref=f"price-{dear.soft_id}", price=DEAR)
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", Money(5999, "EUR"), regular=DEAR))
    await member.has("dear")
    assert (await member.subscription()).access_until == member.end + PERIOD
    assert await shop.alarms() == []


async def test_unknown_price_is_not_applied_as_a_plan_change_and_raises_an_alarm(shop: Shop, member: Member):
    shop.provider.prices["price-x"] = DEAR
    shop.provider.change("sub-1", price_ref="price-x", price=DEAR)
    await shop.deliver(shop.provider.updated("sub-1"), shop.provider.updated("sub-1"))
    await member.has("middle")
    assert await shop.alarms() == ["unknown_price"]
    await shop.price(member.plans["dear"], "price-x")
    await shop.deliver(shop.provider.updated("sub-1"))
    await member.has("dear")


async def test_first_reported_price_that_no_plan_uses_any_more_is_recorded_without_an_alarm(shop: Shop):
    """The plan's price changed between the checkout and the first report of the subscription."""
    ana, plan = await shop.customer(), await shop.priced()
    _, session = await shop.checkout(ana, plan)
    await shop.price(plan, "price-new")
    await shop.deliver(*shop.provider.pay(session))
    subscription = (await shop.holding(ana, plan)).subscription
    assert (subscription.price_ref, subscription.price) == (f"price-{plan.soft_id}", plan.price)
    assert await shop.alarms() == []


async def test_change_to_a_plan_already_held_is_not_applied(shop: Shop, member: Member):
    dear = member.plans["dear"]
    _, session = await shop.checkout(member.customer, dear)
    await shop.deliver(*shop.provider.pay(session))
    shop.provider.change("sub-1", price_ref=f"price-{dear.soft_id}", price=DEAR)
    await shop.deliver(shop.provider.updated("sub-1"))
    assert await shop.alarms() == ["plan_change_conflict"]
    async with shop.units() as uow:
        mine = {item.plan_id for item in await uow.subscriptions.of_customer(member.customer.id)}
    assert mine == {dear.id, member.plans["middle"].id}


async def test_new_plan_price_does_not_affect_existing_subscriptions(shop: Shop, member: Member):
    """The subscription keeps the old price object, which no plan uses any more."""
    middle = member.plans["middle"]
    middle.price = Money(3999, "EUR")
    await shop.change_plan(middle)
    await shop.price(middle, "price-new")
    await shop.deliver(shop.provider.updated("sub-1"))
    assert (await member.subscription()).price == MIDDLE
    assert await shop.alarms() == []
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", MIDDLE))
    assert (await member.subscription()).access_until == member.end + PERIOD


async def test_subscription_moved_to_the_new_price_pays_that_price(shop: Shop, member: Member):
    middle = member.plans["middle"]
    middle.price = Money(3999, "EUR")
    await shop.change_plan(middle)
    await shop.price(middle, "price-new")
    shop.provider.change("sub-1", price_ref="price-new", price=middle.price)
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.renew("sub-1", middle.price))
    subscription = await member.subscription()
    assert (subscription.price, subscription.access_until) == (middle.price, member.end + PERIOD)
    assert await shop.notified("plan_switched") == []


@pytest.mark.parametrize("is_silent", [False, True])
async def test_notice_of_a_plan_change_names_the_amount_that_is_charged_next(
    shop: Shop, member: Member, is_silent: bool
):
    """A coupon at the provider reduces the next charge of the new plan. Without an announcement by the provider, the
    notice names the new price, and not the earlier announcement.
    """
    reduced = Money(DEAR.minor // 2, "EUR")
    shop.provider.charges["sub-1"] = reduced
    await shop.deliver(shop.provider.updated("sub-1"))
    shop.provider.silent = is_silent
    await member.change("dear")
    (job,) = await shop.notified("plan_switched")
    async with shop.units() as uow:
        notice = await PlanSwitchedMessage.load(Sources(uow, shop.policy, shop.clock.now()), UUID(job["subject"]))
    assert notice is not None
    assert (notice.charge, notice.amount) == (member.end, DEAR if is_silent else reduced)


@pytest.mark.parametrize(("is_suspended", "word"), [(True, "rests"), (False, "ends")])
async def test_notice_of_a_plan_change_of_a_canceled_subscription_announces_no_charge(
    shop: Shop, member: Member, is_suspended: bool, word: str
):
    await member.change("dear")
    (job,) = await shop.notified("plan_switched")
    held = await member.subscription()
    async with shop.units() as uow:
        subscription = await uow.subscriptions.get(held.id, lock=True)
        assert subscription is not None
        subscription.cancel(now=shop.clock.now())
        if is_suspended:
            subscription.pause(STAFF, shop.clock.now())
        await uow.subscriptions.save(subscription)
        await uow.commit()
    async with shop.units() as uow:
        notice = await PlanSwitchedMessage.load(Sources(uow, shop.policy, shop.clock.now()), UUID(job["subject"]))
    assert notice is not None
    assert notice.word == word


async def test_refund_of_the_price_difference_does_not_end_access(shop: Shop, member: Member):
    await member.change("dear")
    (paid,) = charged(shop)
    await shop.deliver(paid)
    back = shop.provider.create_event(
        PaymentEventKind.REFUND,
        "refund.created",
        payment_key="re-1",
        about_payment=paid.payment_key,
        amount_refunded=paid.amount,
        subscription_ref="sub-1",
    )
    await shop.deliver(back)
    await member.has("dear")
    assert (await member.subscription()).access_until == member.end
    assert await shop.jobs("core.stop_billing") == []
    async with shop.units() as uow:
        payments = await uow.payments.of_customer(member.customer.id, 10)
    assert [item.status for item in payments if item.amount == paid.amount] == [PaymentStatus.REFUNDED]


async def test_refund_of_the_first_payment_after_a_plan_change_ends_access(shop: Shop, member: Member):
    await member.change("dear")
    (paid,) = charged(shop)
    await shop.deliver(paid)
    back = shop.provider.create_event(
        PaymentEventKind.REFUND,
        "refund.created",
        payment_key="re-1",
        about_payment="in-1",
        amount_refunded=MIDDLE,
        order_id=paid.order_id,
    )
    entry = (await shop.deliver(back))[0]
    assert entry.status is InboxStatus.APPLIED
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(member.customer.id)
    assert access.status is AccessStatus.REVOKING


async def test_plan_change_charge_above_the_price_of_a_period_is_applied_and_raises_an_alarm(
    shop: Shop, member: Member
):
    await member.change("dear")
    (paid,) = charged(shop)
    await shop.deliver(dataclasses.replace(paid, amount=Money(5000, "EUR")))
    assert await shop.alarms() == ["renewal_differs"]


async def test_plan_change_keeps_the_current_channel_instead_of_an_earlier_channel_of_the_new_plan(
    shop: Shop, member: Member
):
    """The new plan has a channel that was retained from an earlier subscription. The customer keeps the current
    channel, and the retained one is not used.
    """
    ana, dear, middle = member.customer, member.plans["dear"], member.plans["middle"]
    _, session = await shop.checkout(ana, dear)
    await shop.deliver(*shop.provider.pay(session))
    shop.provider.end("sub-2")
    shop.clock.advance(HALF - timedelta(hours=1))
    async with shop.units() as uow:
        kept = await uow.channels.personal_of(ana.id, dear.id)
        sub = await uow.subscriptions.by_provider_ref("acme", "sub-2", lock=True)
        assert kept is not None
        assert sub is not None
        sub.end("period_over", shop.clock.now())
        await uow.subscriptions.save(sub)
        mine = await uow.channels.personal_of(ana.id, middle.id)
        await uow.commit()
    assert mine is not None
    await member.change("dear")
    async with shop.units() as uow:
        now_dear, now_middle = (
            await uow.channels.personal_of(ana.id, dear.id),
            await uow.channels.personal_of(ana.id, middle.id),
        )
    assert now_dear is not None
    assert now_middle is not None
    assert (now_dear.id, now_middle.id) == (mine.id, kept.id)
    assert "Caro" in now_dear.title


async def test_vip_plan_is_not_offered_as_a_change(shop: Shop, member: Member):
    await shop.priced(access=AccessKind.VIP_CHANNEL, name="VIP")
    assert "VIP" not in {offer.to_name for offer in await shop.changes.offers(member.to)}


async def test_customer_who_had_the_plan_gets_no_trial(shop: Shop, member: Member):
    await member.change("dear")
    middle = member.plans["middle"]
    middle.trial_days = 7
    await shop.change_plan(middle)
    view = await shop.start(member.to, middle.soft_id)
    assert (await shop.order(view.reference)).trial_days == 0
