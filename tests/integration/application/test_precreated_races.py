"""Concurrent sales on PostgreSQL: each pre-created channel goes to one customer, and no sale waits for another."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from subscriptions.application.channels.keep_precreated_channels import KeepPrecreatedChannels
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.ids import ChatId
from tests.fakes import samples
from tests.fakes.shop import Shop
from tests.support.userbot import add_account

READY = 3
BUYERS = 6


async def fill(shop: Shop, count: int) -> set[object]:
    """Create ready pre-created channels with their owner account, and return their ids."""
    account = await add_account(shop.units)
    made = set()
    async with shop.units() as uow:
        for number in range(count):
            channel = Channel.plan_precreated("Umbral", shop.clock.now())
            channel.assign(account.id)
            channel.mark_created(ChatId(-1_000_000_000_100 - number), 1)
            channel.status = ChannelStatus.READY
            await uow.channels.save(channel)
            made.add(channel.id)
        await uow.commit()
    return made


async def test_every_concurrent_sale_gets_its_own_channel(shop: Shop) -> None:
    made = await fill(shop, READY)
    plan = await shop.plan()
    buyers = [await shop.customer() for _ in range(BUYERS)]
    events = []
    for buyer in buyers:
        _, session = await shop.checkout(buyer, plan)
        events.append(shop.provider.pay(session, card=f"cus-{buyer.telegram_id}")[1])

    await asyncio.gather(*(shop.deliver_with_retries(event) for event in events))

    held = [await shop.holding(buyer, plan) for buyer in buyers]
    channels = [each.channels[0] for each in held]
    assert len({channel.id for channel in channels}) == BUYERS
    assert {channel.id for channel in channels if channel.adopted_at is not None} == made
    for buyer, channel in zip(buyers, channels, strict=True):
        assert channel.customer_id == buyer.id
        assert buyer.mention in channel.title
    taken = [channel for channel in channels if channel.adopted_at is not None]
    assert {channel.status for channel in taken} == {ChannelStatus.CREATED}
    async with shop.units() as uow:
        assert await uow.channels.precreated() == []


async def test_rolled_back_sale_leaves_the_channel_available(shop: Shop) -> None:
    made = await fill(shop, 1)
    async with shop.units() as uow:
        accounts = [account.id for account in await uow.accounts.all()]
        taken = await uow.channels.take_precreated(accounts, shop.clock.now())
        assert taken is not None
        buyer, plan = samples.customer(), samples.plan()
        await uow.customers.add_if_new(buyer)
        await uow.plans.save(plan)
        taken.customer_id, taken.plan_id = buyer.id, plan.id
        await uow.channels.save(taken)
    async with shop.units() as uow:
        assert {channel.id for channel in await uow.channels.precreated()} == made


async def test_concurrent_workers_plan_one_pre_created_channel(shop: Shop) -> None:
    await add_account(shop.units, pace=timedelta())
    keep = KeepPrecreatedChannels(shop.units, shop.clock, replace(shop.policy, channel_stock=5))
    assert sorted(await asyncio.gather(keep(), keep(), keep())) == [False, False, True]
    async with shop.units() as uow:
        assert len(await uow.channels.precreated()) == 1
