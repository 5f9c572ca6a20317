"""Who paid and has no way in some minutes later is told of, once, by name."""

from __future__ import annotations

from subscriptions.application.access.watch_access import WatchAccess
from tests.fakes.shop import Shop


async def test_who_paid_and_has_no_way_in_is_told_of_with_plan_and_channel(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    (access,), (channel,) = held.accesses, held.channels
    await WatchAccess(shop.units, shop.clock)(access.id)
    (alarm,) = await shop.jobs("bot.alarm")
    assert (alarm["kind"], alarm["key"]) == ("paid_without_access", f"paid_without_access:{access.id}")
    assert alarm["facts"] == {
        "access": str(access.id),
        "customer": str(ana.id),
        "channel": channel.title,
        "plan": plan.soft_id,
    }


async def test_who_is_inside_is_not(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    (access,) = (await shop.holding(ana, plan)).accesses
    async with shop.units() as uow:
        access.join(shop.clock.now())
        await uow.accesses.save(access)
        await uow.commit()
    await WatchAccess(shop.units, shop.clock)(access.id)
    assert await shop.alarms() == []
