"""Choice of the account that creates a channel, and the message about a long wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application import routing
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import AccessEvent
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus, UserbotAccount
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import AccountId, ChannelId, new_uuid
from subscriptions.domain.ports.job_queue import Priority
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.provisioner import MemoryTelegram
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.userbot import Userbot, add_account, buy

MINUTE = timedelta(minutes=1)


class Pool:
    """Userbot accounts and waiting customers in memory."""

    def __init__(self) -> None:
        self.memory, self.clock = Memory(), ManualClock()
        self.userbot = Userbot(self.units, MemoryTelegram(self.clock), self.clock)

    def units(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork(self.memory, routing.jobs_for)

    async def account(self, **more: object) -> UserbotAccount:
        return await add_account(self.units, **more)

    async def change(self, account: UserbotAccount) -> None:
        async with self.units() as uow:
            await uow.accounts.save(account)
            await uow.commit()

    async def stored(self, account: UserbotAccount) -> UserbotAccount:
        async with self.units() as uow:
            found = await uow.accounts.get(account.id)
        assert found is not None
        return found

    async def assigned(self) -> AccountId | None:
        """Return the account assigned to a new customer's channel."""
        _, channel = await buy(self.units, self.clock)
        await self.userbot.assign(channel.id)
        return (await self.channel(channel.id)).account_id

    async def channel(self, channel_id: ChannelId) -> Channel:
        async with self.units() as uow:
            found = await uow.channels.get(channel_id)
        assert found is not None
        return found

    def notified(self) -> list[str]:
        return [str(job.payload["kind"]) for job in self.memory.jobs_named(jobs.Announce.name)]


@pytest.fixture
def pool() -> Pool:
    return Pool()


async def test_least_used_account_is_chosen_and_its_usage_counted(pool: Pool) -> None:
    first, second = await pool.account(), await pool.account()
    assert [await pool.assigned() for _ in range(4)] == [first.id, second.id, first.id, second.id]
    assert (await pool.stored(first)).channels_used == 2
    assert len({job.payload["account_id"] for job in pool.memory.jobs if job.name.startswith("userbot.acc")}) == 2


@pytest.mark.parametrize("method", ["CreateChannel", "EditAdmin", "connect", "*"])
async def test_account_under_a_relevant_flood_wait_is_skipped(pool: Pool, method: str) -> None:
    waiting, free = await pool.account(), await pool.account(channels_used=9)
    waiting.order_wait(method, pool.clock.now() + MINUTE)
    await pool.change(waiting)
    assert await pool.assigned() == free.id
    pool.clock.advance(MINUTE)
    assert await pool.assigned() == waiting.id


async def test_flood_wait_for_an_unrelated_method_is_ignored(pool: Pool) -> None:
    only = await pool.account()
    only.order_wait("GetChatInviteImporters", pool.clock.now() + MINUTE)
    await pool.change(only)
    assert await pool.assigned() == only.id


@pytest.mark.parametrize("status", [status for status in AccountStatus if status is not AccountStatus.ACTIVE])
async def test_only_active_accounts_create_channels(pool: Pool, status: AccountStatus) -> None:
    await pool.account(status=status)
    with pytest.raises(RetryLater):
        await pool.assigned()
    assert [job.payload["kind"] for job in pool.memory.jobs_named(jobs.RaiseAlarm.name)] == ["pool_dry"]


@pytest.mark.parametrize(
    ("limit", "wait"),
    [
        ({"pace": 3 * MINUTE}, 3 * MINUTE),
        ({"pace": 30 * MINUTE}, 5 * MINUTE),
        ({"day_cap": 1}, 5 * MINUTE),
        ({"channel_cap": 1}, 5 * MINUTE),
    ],
)
async def test_creation_limit_of_an_account_postpones_its_next_channel(
    pool: Pool, limit: dict[str, object], wait: timedelta
) -> None:
    await pool.account(**limit)
    await pool.assigned()
    with pytest.raises(RetryLater) as refused:
        await pool.assigned()
    assert refused.value.delay == wait


async def test_daily_creation_limit_resets_at_midnight(pool: Pool) -> None:
    only = await pool.account(day_cap=1)
    await pool.assigned()
    pool.clock.advance(timedelta(hours=12))
    assert await pool.assigned() == only.id


async def test_customer_is_not_notified_of_a_short_channel_delay(pool: Pool) -> None:
    await pool.account(pace=MINUTE)
    await pool.assigned()
    with pytest.raises(RetryLater):
        await pool.assigned()
    assert pool.notified() == []


async def test_repeated_notices_of_a_long_channel_delay_share_one_key(pool: Pool) -> None:
    await pool.account(pace=2 * MINUTE)
    await pool.assigned()
    _, channel = await buy(pool.units, pool.clock)
    for _ in range(2):
        with pytest.raises(RetryLater):
            await pool.userbot.assign(channel.id)
    assert set(pool.notified()) == {"provisioning_delayed"}
    keys = {job.payload["key"] for job in pool.memory.jobs_named(jobs.Announce.name)}
    assert keys == {str(channel.id)}


async def test_customer_is_notified_once_a_channel_delay_becomes_long(pool: Pool) -> None:
    waiting = await pool.account()
    waiting.order_wait("CreateChannel", pool.clock.now() + MINUTE)
    await pool.change(waiting)
    _, channel = await buy(pool.units, pool.clock)
    with pytest.raises(RetryLater):
        await pool.userbot.assign(channel.id)
    assert pool.notified() == []
    waiting.order_wait("CreateChannel", pool.clock.now() + 2 * MINUTE)
    await pool.change(waiting)
    pool.clock.advance(MINUTE + timedelta(seconds=30))
    with pytest.raises(RetryLater):
        await pool.userbot.assign(channel.id)
    assert pool.notified() == ["provisioning_delayed"]


async def test_unusable_account_is_replaced_before_channel_creation_starts(pool: Pool) -> None:
    lame, fit = await pool.account(), await pool.account(channels_used=5)
    _, channel = await buy(pool.units, pool.clock)
    await pool.userbot.assign(channel.id)
    lame = await pool.stored(lame)
    lame.status = AccountStatus.RESTRICTED
    await pool.change(lame)
    await pool.userbot.assign(channel.id)
    assert (await pool.channel(channel.id)).account_id == fit.id
    assert ((await pool.stored(lame)).channels_used, (await pool.stored(fit)).channels_used) == (0, 6)


async def test_unusable_account_is_not_replaced_after_channel_creation_started(pool: Pool) -> None:
    lame, _ = await pool.account(), await pool.account(channels_used=5)
    _, channel = await buy(pool.units, pool.clock)
    await pool.userbot.assign(channel.id)
    lame = await pool.stored(lame)
    lame.status = AccountStatus.RESTRICTED
    asked = await pool.channel(channel.id)
    asked.start_creating(pool.clock.now())
    async with pool.units() as uow:
        await uow.accounts.save(lame)
        await uow.channels.save(asked)
        await uow.commit()
    await pool.userbot.assign(channel.id)
    assert (await pool.channel(channel.id)).account_id == lame.id


async def test_deleted_channel_is_not_assigned(pool: Pool) -> None:
    await pool.account()
    _, channel = await buy(pool.units, pool.clock)
    channel.status = ChannelStatus.DELETED
    async with pool.units() as uow:
        await uow.channels.save(channel)
        await uow.commit()
    await pool.userbot.assign(channel.id)
    assert (await pool.channel(channel.id)).account_id is None


async def test_unknown_channel_is_a_permanent_error(pool: Pool) -> None:
    with pytest.raises(Permanent):
        await pool.userbot.assign(ChannelId(new_uuid()))


async def test_job_of_a_waiting_customer_has_priority_over_a_customer_who_already_joined(pool: Pool) -> None:
    """An account works on one job at a time. For a customer who already has a channel, only clean-up is left."""
    account = await pool.account()
    customer, channel = await buy(pool.units, pool.clock)
    await pool.userbot.assign(channel.id)
    async with pool.units() as uow:
        access = await uow.accesses.find(customer.id, channel.id)
        assert access is not None
        access.apply(AccessEvent.JOINED)
        await uow.accesses.save(access)
        await uow.commit()
    await pool.userbot.assign(channel.id)
    waiting = pool.memory.jobs_named(jobs.account_job_name(account.id))
    assert [job.priority for job in waiting] == [Priority.HIGH, Priority.NORMAL]
