"""Check that a plan change confirmed by the customer on the provider's page takes effect when the next
charge is paid.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from subscriptions.application.checkout.purchase_terms import AlreadySubscribed
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import PlanSwitchPlannedMessage
from subscriptions.application.views.show_status import ShowStatus
from subscriptions.domain.money import Money
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.support.plan_member import CHEAP, DEAR, HALF, MIDDLE, Member, member_of


@pytest.fixture
async def member(shop: Shop) -> Member:
    return await member_of(shop)


async def agreed_elsewhere(shop: Shop, member: Member, to: str):
    """Confirm a change on the page of a provider that reports only the new price, and charges it from the next
    period.
    """
    plan = member.plans[to]
    shop.provider.change("sub-1", price_ref=f"price-{plan.soft_id}", price=plan.price, last_charge=MIDDLE)
    await shop.deliver(shop.provider.updated("sub-1"))


@pytest.mark.parametrize(("to", "price"), [("dear", DEAR), ("cheap", CHEAP), ("other", MIDDLE)])
async def test_plan_change_takes_effect_with_the_next_charge(shop: Shop, member: Member, to: str, price: Money):
    member.plans["other"] = await shop.priced(price=MIDDLE, name="Otro")
    await agreed_elsewhere(shop, member, to)
    await shop.deliver(shop.provider.updated("sub-1"))
    await member.has("middle")
    subscription = await member.subscription()
    assert (subscription.next_plan_id, subscription.next_plan_at) == (member.plans[to].id, member.end)
    assert len(await shop.notified("plan_switch_planned")) == 1
    shop.clock.advance(HALF)
    renewed = shop.provider.renew("sub-1", price)
    shop.provider.change("sub-1", last_charge=price)
    await shop.deliver(renewed)
    await member.has(to)
    subscription = await member.subscription()
    assert (subscription.next_plan_id, subscription.access_until) == (None, member.end + PERIOD)
    assert (await shop.notified("plan_switch_dropped"), await shop.alarms()) == ([], [])


async def test_message_about_an_upcoming_change_names_the_amount_that_the_provider_will_charge(
    shop: Shop, member: Member
):
    """A provider may charge in another currency than the plan's."""
    dear, there = member.plans["dear"], Money(4321, "USD")
    shop.provider.charges["sub-1"] = there
    async with shop.units() as uow:
        known = await uow.plans.price_at(dear.id, "acme")
        assert known is not None
        await uow.plans.save_price(replace(known, price=there))
        await uow.commit()
    await agreed_elsewhere(shop, member, "dear")
    subscription = await member.subscription()
    async with shop.units() as uow:
        notified = await PlanSwitchPlannedMessage.load(Sources(uow, shop.policy, shop.clock.now()), subscription.id)
    assert notified is not None
    assert (notified.next_plan, notified.next_amount) == (dear.name, there)
    view = await ShowStatus(shop.units, shop.clock, shop.policy)(member.to)
    assert [each.next_price for each in view.subscriptions] == [there]


async def test_plan_change_waits_for_the_next_charge_even_if_no_earlier_price_was_known(shop: Shop, member: Member):
    subscription = await member.subscription()
    subscription.price_ref = None
    async with shop.units() as uow:
        await uow.subscriptions.save(subscription)
        await uow.commit()
    await agreed_elsewhere(shop, member, "dear")
    await member.has("middle")
    assert (await member.subscription()).next_plan_id == member.plans["dear"].id


async def test_unreported_plan_change_takes_effect_once_the_new_price_is_charged(shop: Shop, member: Member):
    dear = member.plans["dear"]
    shop.clock.advance(HALF)
    renewed = shop.provider.renew("sub-1", DEAR)
    shop.provider.change("sub-1", price_ref=f"price-{dear.soft_id}", price=DEAR, last_charge=DEAR)
    await shop.deliver(renewed)
    await member.has("dear")


async def test_cheaper_plan_starts_with_its_period_even_if_the_charge_is_refused(shop: Shop, member: Member):
    await agreed_elsewhere(shop, member, "cheap")
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    subscription = await member.subscription()
    assert (subscription.plan_id, subscription.price) == (member.plans["cheap"].id, CHEAP)


async def test_more_expensive_plan_does_not_start_before_payment(shop: Shop, member: Member):
    await agreed_elsewhere(shop, member, "dear")
    shop.clock.advance(HALF)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    subscription = await member.subscription()
    assert (subscription.plan_id, subscription.price) == (member.plans["middle"].id, MIDDLE)
    assert subscription.next_plan_id == member.plans["dear"].id


async def test_agreed_plan_change_takes_effect_even_if_its_price_object_is_replaced(shop: Shop, member: Member):
    dear = member.plans["dear"]
    await agreed_elsewhere(shop, member, "dear")
    async with shop.units() as uow:
        await uow.plans.forget_prices(dear.id)
        await uow.commit()
    await shop.deliver(shop.provider.updated("sub-1"))
    assert (await member.subscription()).next_plan_id == dear.id
    assert not await shop.notified("plan_switch_dropped")
    shop.clock.advance(HALF)
    renewed = shop.provider.renew("sub-1", DEAR)
    shop.provider.change("sub-1", last_charge=DEAR)
    await shop.deliver(renewed)
    await member.has("dear")
    assert (await member.subscription()).access_until == member.end + PERIOD
    assert await shop.alarms() == []


async def test_plan_of_an_upcoming_change_cannot_be_bought_separately(shop: Shop, member: Member):
    await agreed_elsewhere(shop, member, "dear")
    with pytest.raises(AlreadySubscribed):
        await shop.start(member.to, member.plans["dear"].soft_id)


async def test_change_to_a_plan_already_held_raises_an_alarm_before_the_charge(shop: Shop, member: Member):
    dear = member.plans["dear"]
    _, session = await shop.checkout(member.customer, dear)
    await shop.deliver(*shop.provider.pay(session))
    await agreed_elsewhere(shop, member, "dear")
    assert await shop.alarms() == ["plan_change_conflict"]
    async with shop.units() as uow:
        held = await uow.subscriptions.of_customer(member.customer.id)
    assert [each.next_plan_id for each in held] == [None, None]


async def test_upcoming_plan_change_is_dropped_when_the_provider_reports_the_old_price_again(
    shop: Shop, member: Member
):
    await agreed_elsewhere(shop, member, "dear")
    await agreed_elsewhere(shop, member, "middle")
    await member.has("middle")
    assert (await member.subscription()).next_plan_id is None
    assert len(await shop.notified("plan_switch_dropped")) == 1


async def test_canceled_subscription_has_no_upcoming_change(shop: Shop, member: Member):
    await agreed_elsewhere(shop, member, "dear")
    shop.provider.change("sub-1", cancel_at_period_end=True)
    await shop.deliver(shop.provider.updated("sub-1"))
    subscription = await member.subscription()
    assert (subscription.plan_id, subscription.coming_plan_id) == (member.plans["middle"].id, None)
