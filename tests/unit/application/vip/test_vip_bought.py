"""A VIP plan bought through a gateway enters by the same ritual, and what becomes of the payment decides who stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.checkout.give_free_plan import GiveFreePlan
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import AccessKind, ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.fakes.provider import PERIOD
from tests.fakes.shop import POLICY
from tests.support.vip import VipShop

PRICE = Money(2999, "EUR")


@pytest.fixture
async def vip() -> VipShop:
    return await VipShop.open(policy=replace(POLICY, sweep_guard=100))


async def monthly(vip: VipShop) -> ServicePlan:
    """A VIP plan that is charged again each month."""
    return await vip.shop.plan(access=AccessKind.VIP_CHANNEL, price=PRICE)


async def bought(vip: VipShop, plan: ServicePlan) -> Customer:
    """Somebody who just paid."""
    person = await vip.shop.customer()
    _, session = await vip.shop.checkout(person, plan)
    await vip.shop.deliver(*vip.shop.provider.pay(session))
    await vip.work()
    return person


async def test_who_paid_is_in_stage_one_and_told_once(vip: VipShop):
    person = await bought(vip, await monthly(vip))
    assert await vip.entry.get_current_stage(person.telegram_id) == 1
    assert len(await vip.shop.told("payment_received")) == 1
    assert await vip.shop.told("vip_entry") == []
    assert await vip.ask(person, await vip.through(person))
    assert len(await vip.shop.told("joined")) == 1
    assert await vip.shop.alarms() == []


async def test_who_has_it_for_nothing_is_told_the_first_step_once(vip: VipShop):
    plan = await vip.shop.plan(access=AccessKind.VIP_CHANNEL, price=Money(0, "EUR"))
    person, shop = await vip.shop.customer(), vip.shop
    give = GiveFreePlan(shop.units, shop.plans, GiveTime(GrantAccess(shop.policy)), shop.clock, shop.policy)
    await give(person.telegram_id, plan.soft_id)
    await vip.work()
    assert await vip.entry.get_current_stage(person.telegram_id) == 1
    assert len(await shop.told("vip_entry")) == 1


async def test_without_the_ritual_the_link_comes_by_itself():
    vip = await VipShop.open(policy=replace(POLICY, vip_ritual=False))
    person = await bought(vip, await monthly(vip))
    [link] = await vip.live_links(person)
    assert link.expires_at == vip.shop.clock.now() + timedelta(hours=5)
    assert len(await vip.shop.told("vip_entry")) == 1
    assert await vip.ask(person, link.url)


async def test_a_one_off_plan_made_in_the_chat_can_be_bought(vip: VipShop):
    plan = await vip.plan()
    person = await vip.shop.customer()
    _, session = await vip.shop.checkout(person, plan)
    await vip.shop.deliver(vip.shop.provider.pay_once(session))
    await vip.work()
    assert await vip.ask(person, await vip.through(person))
    await vip.pass_time(timedelta(days=31))
    assert person.telegram_id not in vip.channel.members


async def test_a_renewal_keeps_them_in(vip: VipShop):
    plan = await monthly(vip)
    person = await bought(vip, plan)
    await vip.ask(person, await vip.through(person))
    await vip.pass_time(PERIOD - timedelta(hours=1))
    await vip.shop.deliver(vip.shop.provider.renew("sub-1", PRICE))
    await vip.pass_time(timedelta(days=2))
    assert person.telegram_id in vip.channel.members
    assert await vip.entry.get_current_stage(person.telegram_id) is None
    assert (await vip.access_of(person)).status is AccessStatus.ACTIVE


async def test_grace_ends_with_its_days(vip: VipShop):
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


async def test_the_provider_is_asked_once_more_before_anybody_goes(vip: VipShop):
    """The renewal was charged, and its event is late: the provider says so when it is asked."""
    plan = await monthly(vip)
    person = await bought(vip, plan)
    await vip.ask(person, await vip.through(person))
    late = vip.shop.provider.renew("sub-1", PRICE)
    await vip.pass_time(PERIOD + timedelta(hours=1))
    assert person.telegram_id in vip.channel.members
    await vip.shop.deliver(late)
    await vip.pass_time(timedelta(hours=1))
    assert person.telegram_id in vip.channel.members


async def test_a_full_refund_puts_them_out_unless_another_plan_runs(vip: VipShop):
    plan = await monthly(vip)
    alone, holding = await bought(vip, plan), await bought(vip, plan)
    for person in (alone, holding):
        await vip.ask(person, await vip.through(person))
    await vip.come(holding, await vip.plan())
    for person in (alone, holding):
        async with vip.shop.units() as uow:
            [payment] = await uow.payments.of_customer(person.id, 5)
        event = vip.shop.provider.tell(
            PaymentEventKind.REFUND,
            "charge.refunded",
            payment_key=f"refund-{payment.payment_key}",
            about_payment=payment.payment_key,
            amount=PRICE,
            amount_refunded=PRICE,
            order_id=str(payment.order_id),
        )
        await vip.shop.deliver_until_settled(event)
    await vip.work()
    assert vip.channel.members == {holding.telegram_id}


async def test_money_without_a_channel_is_an_alarm_and_kept():
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


async def test_who_renews_midway_of_the_ritual_loses_the_link_it_led_to_and_begins_where_they_may(vip: VipShop):
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
