"""Removal from the VIP channel when access ends, and the members who are not removed then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.access.kinds.shared_channel.grant_shared import GrantShared
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import ExpiredMessage
from subscriptions.application.people.operators import KeepWhitelist
from subscriptions.application.vip.code_answers import Activation
from subscriptions.application.vip.vip_view import role_of
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.bulk_expiry import BulkExpiryStatus
from subscriptions.domain.entities.customer import Customer, CustomerRole, StaffRole
from subscriptions.domain.entities.subscription import DISPUTE, PROVIDER, STAFF, SubscriptionStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.fakes import samples
from tests.fakes.resources import vip as shared_vip
from tests.fakes.shop import POLICY
from tests.support.vip import VipShop, needs_steps

MONTH = timedelta(days=30)


@pytest.fixture
async def vip() -> VipShop:
    return await VipShop.open(policy=replace(POLICY, sweep_guard=100))


async def test_only_members_with_expired_access_are_removed(vip: VipShop):
    plan = await vip.plan()
    going, staying = await vip.inside(plan), await vip.shop.customer()
    guest = TelegramId(77)
    vip.channel.members.add(guest)
    await vip.pass_time(timedelta(days=5))
    await vip.come(staying, plan)
    await vip.ask(staying, await vip.through(staying))
    await vip.pass_time(timedelta(days=25, hours=1))
    assert vip.channel.members == {staying.telegram_id, guest}
    assert vip.channel.banned == set()
    assert (await vip.access_of(going)).status is AccessStatus.REVOKED
    assert len(await vip.shop.notified("expired")) == 1


async def test_renewal_before_the_end_does_not_require_the_member_to_join_again(vip: VipShop):
    plan = await vip.plan()
    person = await vip.inside(plan)
    await vip.pass_time(timedelta(days=29))
    outcome = await vip.come(person, plan)
    assert isinstance(outcome, Activation)
    assert (outcome.is_extension, outcome.stage, outcome.days_left) == (True, None, 31)
    await vip.pass_time(timedelta(days=30))
    assert person.telegram_id in vip.channel.members
    await vip.pass_time(timedelta(days=1, hours=1))
    assert person.telegram_id not in vip.channel.members


@needs_steps
async def test_customer_who_returns_after_the_end_repeats_the_entry_steps(vip: VipShop):
    plan = await vip.plan()
    person = await vip.inside(plan)
    await vip.pass_time(MONTH + timedelta(hours=1))
    await vip.come(person, plan)
    assert await vip.entry.get_current_stage(person.telegram_id) == 1
    assert await vip.ask(person, await vip.through(person))


@needs_steps
@pytest.mark.parametrize("stage", [1, 2])
async def test_incomplete_entry_is_canceled_at_the_end_of_access(vip: VipShop, stage: int):
    person = await vip.vip()
    if stage == 2:
        await vip.entry.advance_stage(person.telegram_id, 1)
    await vip.pass_time(MONTH + timedelta(hours=1))
    assert await vip.entry.get_current_stage(person.telegram_id) is None
    assert not await vip.entry.advance_stage(person.telegram_id, stage)
    assert (await vip.access_of(person)).status is AccessStatus.REVOKED


async def test_end_of_access_during_entry_revokes_the_link_and_declines_the_join_request(vip: VipShop):
    person = await vip.vip()
    await vip.pass_time(MONTH - timedelta(hours=1))
    url = await vip.through(person)
    vip.channel.waiting.add(person.telegram_id)
    await vip.pass_time(timedelta(hours=2))
    assert vip.channel.waiting == set()
    assert vip.telegram.live_links(vip.channel) == []
    assert not await vip.ask(person, url)
    entry = await vip.entry_of(person)
    assert entry is not None
    assert (entry.vip_entry_stage, entry.vip_entry_token) == (None, None)


async def test_access_by_two_plans_lasts_until_the_later_end(vip: VipShop):
    short, long = await vip.plan("Corto", 10), await vip.plan("Largo", 40)
    person = await vip.inside(short)
    second = await vip.come(person, long)
    assert isinstance(second, Activation)
    assert (second.is_extension, second.stage) == (False, None)
    assert (await vip.access_of(person)).ends_at == vip.shop.clock.now() + timedelta(days=40)
    await vip.pass_time(timedelta(days=11))
    assert person.telegram_id in vip.channel.members
    await vip.pass_time(timedelta(days=30))
    assert person.telegram_id not in vip.channel.members


async def test_expiry_of_one_plan_readmits_a_suspended_customer_whose_other_plan_is_active(vip: VipShop):
    short, long = await vip.plan("Corto", 10), await vip.plan("Largo", 40)
    person = await vip.inside(short)
    await vip.come(person, long)
    async with vip.shop.units() as uow:
        subscriptions = await uow.of(VIP_KEY).live_subscriptions(person.id)
        for subscription in subscriptions:
            subscription.pause(PROVIDER, vip.shop.clock.now())
            await uow.subscriptions.save(subscription)
        await GrantShared(vip.shop.policy).settle_all(uow, shared_vip(), [person.id], vip.shop.clock.now())
        await uow.commit()
    await vip.work()
    assert (await vip.access_of(person)).status is AccessStatus.SUSPENDED
    async with vip.shop.units() as uow:
        [longer] = [each for each in await uow.of(VIP_KEY).live_subscriptions(person.id) if each.plan_id == long.id]
        longer.resume(PROVIDER, vip.shop.clock.now())
        await uow.subscriptions.save(longer)
        await uow.commit()
    await vip.pass_time(timedelta(days=10))
    [link] = await vip.live_links(person)
    assert await vip.ask(person, link.url)


async def test_staff_are_not_removed_when_their_plan_ends(vip: VipShop):
    person = await vip.inside()
    async with vip.shop.units() as uow:
        known = await uow.customers.get(person.id)
        assert known is not None
        known.staff_role = StaffRole.SUPPORT
        await uow.customers.save(known)
        await uow.commit()
    await vip.pass_time(MONTH + timedelta(hours=1))
    assert person.telegram_id in vip.channel.members


async def test_member_on_the_allow_list_is_not_removed(vip: VipShop):
    person = await vip.inside()
    await KeepWhitelist(vip.shop.units)({int(person.telegram_id), 5})
    await vip.pass_time(MONTH + timedelta(hours=1))
    assert person.telegram_id in vip.channel.members
    assert (await vip.access_of(person)).status is AccessStatus.REVOKED


async def test_customer_has_the_vip_role_only_while_access_is_active(vip: VipShop):
    async def role(person: Customer) -> CustomerRole:
        async with vip.shop.units() as uow:
            return await role_of(uow, person.id)

    person = await vip.shop.customer()
    assert await role(person) is CustomerRole.FREE
    await vip.come(person, await vip.plan())
    assert await role(person) is CustomerRole.VIP
    await vip.pass_time(MONTH + timedelta(hours=1))
    assert await role(person) is CustomerRole.FREE


async def test_no_expiry_message_is_sent_while_another_plan_gives_access(vip: VipShop):
    """One of two plans ends. The customer keeps access by the other plan and gets no message."""
    short, long = await vip.plan("Corto", 10), await vip.plan("Largo", 40)
    person = await vip.inside(short)
    await vip.come(person, long)
    await vip.pass_time(timedelta(days=11))
    [job] = await vip.shop.notified("expired")
    async with vip.shop.units() as uow:
        assert (
            await ExpiredMessage.load(Sources(uow, vip.shop.policy, vip.shop.clock.now()), UUID(job["subject"])) is None
        )
    await vip.pass_time(timedelta(days=30))
    async with vip.shop.units() as uow:
        last = (await vip.shop.notified("expired"))[-1]
        assert await ExpiredMessage.load(Sources(uow, vip.shop.policy, vip.shop.clock.now()), UUID(last["subject"]))


async def test_removals_above_the_limit_wait_for_an_owner():
    vip = await VipShop.open(policy=replace(POLICY, sweep_guard=2))
    plan = await vip.plan()
    people = [await vip.inside(plan) for _ in range(3)]
    await vip.pass_time(MONTH + timedelta(hours=1))
    assert vip.channel.members == {person.telegram_id for person in people}
    async with vip.shop.units() as uow:
        kept = [await uow.of(VIP_KEY).live_subscriptions(person.id) for person in people]
    assert all(kept)


async def test_no_member_of_a_large_bulk_expiry_is_removed_without_an_owner():
    vip = await VipShop.open()
    plan, now = await vip.plan(), vip.shop.clock.now()
    async with vip.shop.units() as uow:
        for _ in range(1003):
            person = samples.customer()
            await uow.customers.save(person)
            await uow.subscriptions.save(samples.given(person, plan, now))
        await uow.commit()
    assert (await vip.bulk_expiry(), await vip.bulk_expiry()) == (0, 0)
    look_again = {row.next_check_at for row in vip.shop.memory.rows("subscriptions")}
    assert look_again == {now + vip.shop.policy.check_interval}
    async with vip.shop.units() as uow:
        (held,) = await uow.bulk_expiries.with_status(BulkExpiryStatus.ASKING)
        assert len(await uow.bulk_expiries.list_entries(held.id)) == 1003


async def test_pause_removes_the_member_and_resume_sends_a_link(vip: VipShop):
    plan = await vip.plan()
    person = await vip.inside(plan)
    async with vip.shop.units() as uow:
        subscription = (await uow.of(VIP_KEY).live_subscriptions(person.id))[0]
        subscription.pause(DISPUTE, vip.shop.clock.now())
        await uow.subscriptions.save(subscription)
        await vip.granting.settle(uow, subscription, person, plan, vip.shop.clock.now())
        await uow.commit()
    await vip.work()
    assert person.telegram_id not in vip.channel.members
    assert (await vip.access_of(person)).status is AccessStatus.SUSPENDED
    async with vip.shop.units() as uow:
        subscription = (await uow.of(VIP_KEY).live_subscriptions(person.id))[0]
        subscription.resume(DISPUTE, vip.shop.clock.now())
        assert subscription.status is SubscriptionStatus.ACTIVE
        await uow.subscriptions.save(subscription)
        await vip.granting.settle(uow, subscription, person, plan, vip.shop.clock.now())
        await uow.commit()
    await vip.work()
    links = await vip.live_links(person)
    assert len(links) == 1
    assert await vip.ask(person, links[0].url)


async def test_customer_whose_pause_and_access_end_together_is_not_readmitted(vip: VipShop):
    plan, now = await vip.plan(), vip.shop.clock.now()
    person = await vip.inside(plan)
    for is_paused in (True, False):
        async with vip.shop.units() as uow:
            [subscription] = await uow.of(VIP_KEY).live_subscriptions(person.id)
            if is_paused:
                subscription.pause(DISPUTE, now)
            else:
                subscription.resume(DISPUTE, now)
                subscription.access_until = now
            await uow.subscriptions.save(subscription)
            await GrantShared(vip.shop.policy).settle_all(uow, shared_vip(), [person.id], now)
            await uow.commit()
    assert (await vip.access_of(person)).status is AccessStatus.SUSPENDED


@pytest.mark.parametrize("cause", [DISPUTE, STAFF, PROVIDER])
async def test_access_time_runs_during_a_provider_pause_but_not_during_a_dispute_or_staff_pause(
    vip: VipShop, cause: str
):
    person = await vip.inside()
    async with vip.shop.units() as uow:
        subscription = (await uow.of(VIP_KEY).live_subscriptions(person.id))[0]
        subscription.pause(cause, vip.shop.clock.now())
        await uow.subscriptions.save(subscription)
        await uow.commit()
    await vip.pass_time(MONTH + timedelta(hours=1))
    async with vip.shop.units() as uow:
        left = await uow.of(VIP_KEY).live_subscriptions(person.id)
    assert bool(left) is (cause != PROVIDER)


async def test_member_with_a_second_plan_is_not_removed_when_one_plan_is_paused(vip: VipShop):
    first, second = await vip.plan("Uno"), await vip.plan("Dos")
    person = await vip.inside(first)
    await vip.come(person, second)
    async with vip.shop.units() as uow:
        subscription = (await uow.of(VIP_KEY).live_subscriptions(person.id))[0]
        subscription.pause(DISPUTE, vip.shop.clock.now())
        await uow.subscriptions.save(subscription)
        await vip.granting.settle(uow, subscription, person, first, vip.shop.clock.now())
        await uow.commit()
    await vip.work()
    assert person.telegram_id in vip.channel.members
