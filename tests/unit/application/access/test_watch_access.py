"""Check that an alarm names the plan and the channel of a customer who paid and cannot join within some minutes."""

from __future__ import annotations

from datetime import datetime

from subscriptions.application.access.watch_access import WatchAccess, has_everybody_opened, is_reachable_again
from subscriptions.application.alarms.alarms import new_alarm
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.resource import GROUP, EntryPolicy, Resource
from subscriptions.domain.ids import ChatId, new_uuid
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff


async def group_sold(shop: Shop) -> tuple[Customer, Channel, Access]:
    """Sell a plan that opens a group, and return the buyer, the group and the access."""
    ana = await shop.customer()
    async with shop.units() as uow:
        talk = Resource.add("talk", GROUP, "Talk", EntryPolicy.REQUEST, NOON)
        assert await uow.resources.add_if_new(talk)
        channel = Channel.for_resource(talk, ChatId(-1009), "Talk", NOON)
        assert await uow.channels.add_if_new(channel)
        await uow.commit()
    _, session = await shop.checkout(ana, await shop.plan(opens=("talk",)))
    await shop.deliver(*shop.provider.pay(session))
    async with shop.units() as uow:
        (access,) = await uow.accesses.of_customer(ana.id)
    return ana, channel, access


async def test_payer_without_access_raises_an_alarm_with_plan_and_channel(shop: Shop) -> None:
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


async def test_payers_access_to_a_group_is_checked_after_some_minutes(shop: Shop) -> None:
    _, _, access = await group_sold(shop)
    (job,) = shop.memory.jobs_named("core.watch_access")
    assert job.payload["access_id"] == str(access.id)
    assert job.not_before == shop.clock.now() + shop.policy.access_patience


async def test_paying_member_raises_no_alarm(shop: Shop) -> None:
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


async def test_payer_who_blocked_the_bot_raises_an_alarm_until_they_unblock_the_bot(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    (access,) = (await shop.holding(ana, plan)).accesses
    access.status, watch = AccessStatus.INVITED, WatchAccess(shop.units, shop.clock)
    async with shop.units() as uow:
        await uow.accesses.save(access)
        await uow.commit()
    await watch(access.id)
    assert await shop.alarms() == [], "their link reaches them"

    async def blocked(at: datetime | None) -> None:
        async with shop.units() as uow:
            customer = await uow.customers.get(ana.id, lock=True)
            assert customer is not None
            customer.blocked_at = at
            await uow.customers.save(customer)
            await uow.commit()

    await blocked(shop.clock.now())
    await watch(access.id)
    (notified,) = await shop.jobs("bot.alarm")
    assert (notified["kind"], notified["facts"]["customer"]) == ("payer_unreachable", str(ana.id))
    alarm = new_alarm(notified["key"], notified["kind"], notified["facts"], shop.clock.now())
    async with shop.units() as uow:
        assert not await is_reachable_again(uow, alarm, shop.clock.now())
    await blocked(None)
    async with shop.units() as uow:
        assert await is_reachable_again(uow, alarm, shop.clock.now())


async def test_unreachable_payer_alarm_closes_once_the_access_is_revoked_or_deleted(shop: Shop) -> None:
    ana, plan = await shop.customer(blocked_at=shop.clock.now()), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    (access,) = (await shop.holding(ana, plan)).accesses
    access.status = AccessStatus.INVITED

    async def is_closed(about: dict[str, str]) -> bool:
        async with shop.units() as uow:
            await uow.accesses.save(access)
            await uow.commit()
        async with shop.units() as uow:
            return await is_reachable_again(
                uow, new_alarm("k", "payer_unreachable", about, shop.clock.now()), shop.clock.now()
            )

    assert not await is_closed({"access": str(access.id)})
    assert not await is_closed({"customer": str(ana.id)}), "it names no access: an older version's closes by hand"
    assert await is_closed({"access": str(new_uuid())})
    access.status = AccessStatus.REVOKED
    assert await is_closed({"access": str(access.id)})


async def test_repair_recreates_the_link_of_the_chat_in_the_alarm(shop: Shop) -> None:
    marta = await shop.customer(staff_role=StaffRole.MANAGER)
    ana, channel, access = await group_sold(shop)
    before = len(await shop.jobs("bot.tend_vip_entry"))
    assert (await Staff(shop)(marta.telegram_id, "repair_access", access.id)).name == "repaired"
    (job,) = (await shop.jobs("bot.tend_vip_entry"))[before:]
    assert (job["customer_id"], job["channel_id"]) == (str(ana.id), str(channel.id))


async def test_people_who_never_opened_the_bot_share_one_alarm_that_does_not_say_blocked(shop: Shop) -> None:
    accesses = []
    for _ in range(3):
        person = await shop.customer(unopened_at=shop.clock.now())
        _, session = await shop.checkout(person, await shop.plan())
        await shop.deliver(*shop.provider.pay(session))
        async with shop.units() as uow:
            (access,) = await uow.accesses.of_customer(person.id)
            access.mark_invited()
            await uow.accesses.save(access)
            await uow.commit()
        accesses.append(access)
    for access in accesses:
        await WatchAccess(shop.units, shop.clock)(access.id)
    async with shop.units() as uow:
        (alarm,) = await uow.alarms.open(9)
        assert (alarm.kind, alarm.facts["people"]) == ("customers_unopened", "3")
        assert not await has_everybody_opened(uow, alarm, shop.clock.now())
        for access in accesses:
            customer = await uow.customers.get(access.customer_id)
            assert customer is not None
            customer.unopened_at = None
            await uow.customers.save(customer)
        assert await has_everybody_opened(uow, alarm, shop.clock.now())
