"""A fresh link, for who waits for one and nobody else."""

from __future__ import annotations

from subscriptions.application.access.renew_invite import RenewInvite
from tests.fakes.shop import Shop


async def test_who_has_no_channel_of_the_plan_gets_no_link(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    renew = RenewInvite(shop.units, shop.clock)
    for soft_id in (plan.soft_id, "never-sold"):
        assert not await renew(ana.telegram_id, soft_id)
    assert shop.memory.jobs == []


async def test_while_the_first_link_is_on_its_way_no_other_is_asked_for(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    known = list(shop.memory.jobs)
    assert not await RenewInvite(shop.units, shop.clock)(ana.telegram_id, plan.soft_id)
    assert shop.memory.jobs == known
