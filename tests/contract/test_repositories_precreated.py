"""Pre-created channels, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.ids import AccountId, ChatId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

MINUTE = timedelta(minutes=1)


async def account(uow: UnitOfWork) -> AccountId:
    """Add a userbot account and return its id."""
    added = samples.account()
    assert await uow.accounts.add_if_new(added)
    return added.id


def stocked(owner: AccountId | None, number: int, **more: object) -> Channel:
    """Create a pre-created channel."""
    planned = Channel.plan_precreated("Umbral", NOON + number * MINUTE)
    made = replace(planned, status=ChannelStatus.READY, account_id=owner, channel_id=ChatId(-10_000 - number))
    return replace(made, **more)


async def test_oldest_ready_channel_is_assigned_before_unfinished_channels(units: Units) -> None:
    async with units() as uow:
        owner, other = await account(uow), await account(uow)
        under_way = stocked(owner, 1, status=ChannelStatus.CREATING, channel_id=None)
        older, newer, elsewhere = stocked(owner, 2), stocked(owner, 3), stocked(other, 0)
        for each in (
            newer,
            older,
            under_way,
            elsewhere,
            stocked(owner, 4, status=ChannelStatus.DELETED),
            stocked(None, 5, status=ChannelStatus.PLANNED, channel_id=None),
        ):
            await uow.channels.save(each)
        assert [each.created_at for each in await uow.channels.precreated()] == [
            NOON + number * MINUTE for number in (0, 1, 2, 3, 5)
        ]
        assert await uow.channels.take_precreated([], NOON) is None
        for expected in (older, newer, under_way):
            taken = await uow.channels.take_precreated([owner], NOON + MINUTE)
            assert taken == expected
            await _sell(uow, taken)
        assert await uow.channels.take_precreated([owner], NOON) is None
        assert await uow.channels.take_precreated([other], NOON) == elsewhere


async def test_channel_stuck_in_creation_is_not_assigned(units: Units) -> None:
    async with units() as uow:
        owner = await account(uow)
        await uow.channels.save(stocked(owner, 1, status=ChannelStatus.CREATED))
        assert await uow.channels.take_precreated([owner], NOON + 2 * MINUTE) is None


async def test_pre_created_channel_counts_as_created_at_its_assignment(units: Units) -> None:
    async with units() as uow:
        owner = await account(uow)
        channel = stocked(owner, 0)
        await uow.channels.save(channel)
        assert await uow.channels.made_since(NOON - MINUTE) == (0, None)
        await _sell(uow, channel)
        count, first = await uow.channels.made_since(NOON + 2 * MINUTE)
        assert (count, first) == (1, NOON + 5 * MINUTE)


async def test_ready_channels_that_were_not_checked_in_time_are_counted(units: Units) -> None:
    async with units() as uow:
        owner = await account(uow)
        looks = (None, NOON - MINUTE, NOON + MINUTE)
        for number, looked_at in enumerate(looks):
            await uow.channels.save(
                stocked(owner, number, status=ChannelStatus.READY, ready_at=NOON - 60 * MINUTE, looked_at=looked_at)
            )
        await uow.channels.save(stocked(owner, 7, status=ChannelStatus.CREATED))
        assert await uow.channels.count_unlooked(NOON - 60 * MINUTE) == 0
        assert await uow.channels.count_unlooked(NOON) == 2


async def test_customers_waiting_for_an_account_are_counted(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        assert await uow.channels.count_awaited() == 0
        await uow.channels.save(replace(sale.channel, status=ChannelStatus.PLANNED, channel_id=None))
        await uow.channels.save(stocked(None, 1, status=ChannelStatus.PLANNED, channel_id=None))
        assert await uow.channels.count_awaited() == 0, "nobody has a right to it"
        access = Access.request(sale.customer.id, sale.channel.id, NOON)
        await uow.accesses.save(access)
        assert await uow.channels.count_awaited() == 1
        access.suspend()
        await uow.accesses.save(access)
        assert await uow.channels.count_awaited() == 0, "its access is paused"
        assert [waiting.id for waiting in await uow.channels.list_waiting()] == [sale.channel.id]


async def _sell(uow: UnitOfWork, channel: Channel) -> None:
    sale = await selling(uow)
    await uow.channels.save(replace(sale.channel, status=ChannelStatus.DELETED, subscription_id=None))
    channel.adopt(sale.customer.id, sale.plan.id, sale.subscription.id, "Umbral - Plan - @ana", NOON + 5 * MINUTE)
    await uow.channels.save(channel)
