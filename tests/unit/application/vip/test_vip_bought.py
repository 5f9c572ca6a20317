"""Check that customers who buy a VIP plan through a payment provider complete the usual entry steps, and that the
payment's status determines the membership.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.checkout.give_free_plan import GiveFreePlan
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.channel_messages import VipEntry
from subscriptions.application.views.presence import standing_of
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.fakes.provider import PERIOD
from tests.fakes.shop import POLICY
from tests.fakes.staff import Staff
from tests.support.vip import VipShop, needs_steps

PRICE = Money(2999, "EUR")


@pytest.fixture
async def vip() -> VipShop:
    return await VipShop.open(policy=replace(POLICY, sweep_guard=100))


async def monthly(vip: VipShop) -> ServicePlan:
    """Create a VIP plan that renews monthly."""
    return await vip.shop.plan(access=AccessKind.VIP_CHANNEL, price=PRICE)


async def bought(vip: VipShop, plan: ServicePlan) -> Customer:
    """Create a customer who has just paid."""
    person = await vip.shop.customer()
    _, session = await vip.shop.checkout(person, plan)
    await vip.shop.deliver(*vip.shop.provider.pay(session))
    await vip.work()
    return person


@needs_steps
async def test_paying_customer_starts_at_entry_step_one_and_gets_one_message(vip: VipShop):
    person = await bought(vip, await monthly(vip))
    assert await vip.entry.get_current_stage(person.telegram_id) == 1
    assert len(await vip.shop.notified("payment_received")) == 1
    assert await vip.shop.notified("vip_entry") == []
    assert await vip.ask(person, await vip.through(person))
    assert len(await vip.shop.notified("joined")) == 1
    assert await vip.shop.alarms() == []


@needs_steps
async def test_customer_of_a_free_plan_is_sent_the_first_step_once(vip: VipShop):
    plan = await vip.shop.plan(access=AccessKind.VIP_CHANNEL, price=Money(0, "EUR"))
    person, shop = await vip.shop.customer(), vip.shop
    give = GiveFreePlan(shop.units, shop.plans, GiveTime(GrantAccess(shop.policy)), shop.clock, shop.policy)
    await give(person.telegram_id, plan.soft_id)
    await vip.work()
    assert await vip.entry.get_current_stage(person.telegram_id) == 1
    assert len(await shop.notified("vip_entry")) == 1


@needs_steps
async def test_staff_see_whether_the_customer_or_the_shop_has_to_act(vip: VipShop):
    person = await bought(vip, await monthly(vip))
    owner = await vip.shop.customer(staff_role=StaffRole.OWNER)
    see = SeeCustomers(vip.shop.units, vip.shop.gateways, Staff(vip.shop).desk, vip.shop.policy)

    async def standing() -> str:
        view = await see.card(owner.telegram_id, person.id)
        assert view is not None
        return standing_of(view).name

    assert await standing() == "action_required"
    await vip.through(person)
    assert await standing() == "invited"


@needs_steps
async def test_first_step_of_a_trial_names_the_first_charge(vip: VipShop):
    shop, plan = vip.shop, await vip.shop.plan(access=AccessKind.VIP_CHANNEL, price=PRICE, trial_days=7)
    person = await shop.customer()
    _, session = await shop.checkout(person, plan)
    await shop.deliver(*shop.provider.start_trial(session, 7))
    await vip.work()
    assert len(await shop.notified("vip_entry")) == 1
    async with shop.units() as uow:
        message = await VipEntry.load(Sources(uow, shop.policy, shop.clock.now()), person.id)
    assert message is not None
    charge = (await shop.holding(person, plan)).subscription.next_charge
    assert (message.charge, message.next_amount) == (charge, PRICE)
    assert charge is not None


async def test_invite_link_is_sent_automatically_if_entry_steps_are_disabled():
    vip = await VipShop.open(policy=replace(POLICY, vip_ritual=False))
    person = await bought(vip, await monthly(vip))
    [link] = await vip.live_links(person)
    assert link.expires_at == vip.shop.clock.now() + timedelta(hours=5)
    assert len(await vip.shop.notified("vip_entry")) == 1
    assert await vip.ask(person, link.url)


async def test_one_time_plan_created_in_the_chat_can_be_bought(vip: VipShop):
    plan = await vip.plan()
    person = await vip.shop.customer()
    _, session = await vip.shop.checkout(person, plan)
    await vip.shop.deliver(vip.shop.provider.pay_once(session))
    await vip.work()
    assert await vip.ask(person, await vip.through(person))
    await vip.pass_time(timedelta(days=31))
    assert person.telegram_id not in vip.channel.members


async def test_renewal_does_not_remove_the_member(vip: VipShop):
    plan = await monthly(vip)
    person = await bought(vip, plan)
    await vip.ask(person, await vip.through(person))
    await vip.pass_time(PERIOD - timedelta(hours=1))
    await vip.shop.deliver(vip.shop.provider.renew("sub-1", PRICE))
    await vip.pass_time(timedelta(days=2))
    assert person.telegram_id in vip.channel.members
    assert (await vip.access_of(person)).status is AccessStatus.ACTIVE


async def test_member_is_removed_when_the_grace_days_are_over(vip: VipShop):
    plan = await monthly(vip)
    person = await bought(vip, plan)
    await vip.ask(person, await vip.through(person))
    await vip.pass_time(PERIOD)
    await vip.shop.deliver(vip.shop.provider.fail_renewal("sub-1"))
    await vip.pass_time(timedelta(days=4))
    assert person.telegram_id in vip.channel.members
    vip.shop.provider.end("sub-1")
    await vip.pass_time(timedelta(days=2))
    assert person.telegram_id not in vip.channel.members


async def test_renewal_is_checked_at_the_provider_before_a_removal(vip: VipShop):
    """The renewal was charged and its event is late. The provider confirms the charge when queried."""
    plan = await monthly(vip)
    person = await bought(vip, plan)
    await vip.ask(person, await vip.through(person))
    late = vip.shop.provider.renew("sub-1", PRICE)
    await vip.pass_time(PERIOD + timedelta(hours=1))
    assert person.telegram_id in vip.channel.members
    await vip.shop.deliver(late)
    await vip.pass_time(timedelta(hours=1))
    assert person.telegram_id in vip.channel.members


async def test_full_refund_removes_a_member_unless_another_plan_is_live(vip: VipShop):
    plan = await monthly(vip)
    alone, holding = await bought(vip, plan), await bought(vip, plan)
    for person in (alone, holding):
        await vip.ask(person, await vip.through(person))
    await vip.come(holding, await vip.plan())
    for person in (alone, holding):
        async with vip.shop.units() as uow:
            [payment] = await uow.payments.of_customer(person.id, 5)
        event = vip.shop.provider.create_event(
            PaymentEventKind.REFUND,
            "charge.refunded",
            payment_key=f"refund-{payment.payment_key}",
            about_payment=payment.payment_key,
            amount=PRICE,
            amount_refunded=PRICE,
            order_id=str(payment.order_id),
        )
        await vip.shop.deliver_with_retries(event)
    await vip.work()
    assert vip.channel.members == {holding.telegram_id}


async def test_payment_for_a_plan_without_a_channel_is_recorded_and_raises_an_alarm():
    vip = await VipShop.open()
    plan = await monthly(vip)
    person = await vip.shop.customer()
    _, session = await vip.shop.checkout(person, plan)
    async with vip.shop.units() as uow:
        channel = await uow.of(VIP_KEY).channel()
        assert channel is not None
        channel.status = type(channel.status).DELETED
        await uow.channels.save(channel)
        await uow.commit()
    await vip.shop.deliver(*vip.shop.provider.pay(session))
    async with vip.shop.units() as uow:
        [subscription] = await uow.subscriptions.of_customer(person.id)
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert await vip.shop.alarms() == ["channel_not_configured"]


@needs_steps
async def test_renewal_updates_the_invite_link_only_for_customers_still_in_the_entry_steps(vip: VipShop):
    plan = await monthly(vip)
    midway, within = await bought(vip, plan), await bought(vip, plan)
    await vip.ask(within, await vip.through(within))
    await vip.through(midway)
    before = len(await vip.shop.jobs("bot.tend_vip_entry"))
    for person, reference in ((midway, "sub-1"), (within, "sub-2")):
        await vip.shop.deliver(vip.shop.provider.renew(reference, PRICE))
        tended = (await vip.shop.jobs("bot.tend_vip_entry"))[before:]
        before += len(tended)
        assert [(job["customer_id"], job["upkeep"]) for job in tended if job["upkeep"]] == (
            [(str(person.id), True)] if person is midway else []
        )
