"""Renewal of an invite link, which is available only to customers who are waiting for a link."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.dto.jobs import AssignChannel, WatchAccess
from tests.fakes.shop import Shop


async def test_customer_without_a_channel_of_the_plan_gets_no_link(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    renew = RenewInvite(shop.units, shop.clock, shop.policy)
    for soft_id in (plan.soft_id, "never-sold"):
        assert not await renew(ana.telegram_id, soft_id)
    assert shop.memory.jobs == []


async def test_no_second_link_is_requested_while_the_first_link_is_pending(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    known = list(shop.memory.jobs)
    assert not await RenewInvite(shop.units, shop.clock, shop.policy)(ana.telegram_id, plan.soft_id)
    assert shop.memory.jobs == known


async def test_link_request_of_a_customer_who_left_schedules_a_check_that_they_join(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    (access,) = (await shop.holding(ana, plan)).accesses
    (watched,) = shop.memory.jobs_named(WatchAccess.name)
    assert watched.not_before == shop.clock.now() + shop.policy.access_patience
    async with shop.units() as uow:
        access.joined_at = shop.clock.now()
        await uow.accesses.save(access)
        await uow.commit()
    # Drop the jobs of the payment, including its watch.
    shop.memory.jobs.clear()
    shop.clock.advance(timedelta(days=5))
    renew = RenewInvite(shop.units, shop.clock, shop.policy)
    assert await renew(ana.telegram_id, plan.soft_id)
    asked = {job.name: job.not_before for job in shop.memory.jobs}
    assert asked == {AssignChannel.name: None, WatchAccess.name: shop.clock.now() + shop.policy.access_patience}
