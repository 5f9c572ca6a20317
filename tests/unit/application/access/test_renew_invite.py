"""A fresh link, for who waits for one and nobody else."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.dto.jobs import AssignChannel, WatchAccess
from tests.fakes.shop import Shop


async def test_who_has_no_channel_of_the_plan_gets_no_link(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    renew = RenewInvite(shop.units, shop.clock, shop.policy)
    for soft_id in (plan.soft_id, "never-sold"):
        assert not await renew(ana.telegram_id, soft_id)
    assert shop.memory.jobs == []


async def test_while_the_first_link_is_on_its_way_no_other_is_asked_for(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    known = list(shop.memory.jobs)
    assert not await RenewInvite(shop.units, shop.clock, shop.policy)(ana.telegram_id, plan.soft_id)
    assert shop.memory.jobs == known


async def test_who_left_and_asks_for_a_way_back_is_watched_like_who_just_paid(shop: Shop):
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
    # What the payment had watched for is over.
    shop.memory.jobs.clear()
    shop.clock.advance(timedelta(days=5))
    renew = RenewInvite(shop.units, shop.clock, shop.policy)
    assert await renew(ana.telegram_id, plan.soft_id)
    asked = {job.name: job.not_before for job in shop.memory.jobs}
    assert asked == {AssignChannel.name: None, WatchAccess.name: shop.clock.now() + shop.policy.access_patience}
