"""Check that the scheduled watch of the account pool reports low capacity and retries accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application import routing
from subscriptions.application.accounts.pool_forecast import pool_forecast
from subscriptions.application.accounts.watch_pool import WatchPool
from subscriptions.application.dto.jobs import RaiseAlarm
from subscriptions.domain.entities.userbot_account import AccountStatus, UserbotAccount
from subscriptions.domain.ids import ChatId
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.support.userbot import add_account, buy


class Pool:
    """Userbot accounts of the pool, with the scheduled watch of the pool."""

    def __init__(self) -> None:
        self.memory, self.clock = Memory(), ManualClock(samples.NOON)
        self.watch = WatchPool(self.units, self.clock)

    def units(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork(self.memory, routing.jobs_for)

    async def use(self, account: UserbotAccount, used: int) -> list[str]:
        """Set the number of channels that the account uses, run the watch twice, and return the used share of the
        capacity stated in each new alarm.
        """
        account.channels_used = used
        await self.change(account)
        before = len(self.alarms())
        await self.watch()
        await self.watch()
        return [facts["share"] for facts in self.alarms()[before:]]

    async def change(self, account: UserbotAccount) -> None:
        async with self.units() as uow:
            await uow.accounts.save(account)
            await uow.commit()

    async def stored(self, account: UserbotAccount) -> UserbotAccount:
        async with self.units() as uow:
            found = await uow.accounts.get(account.id)
        assert found is not None
        return found

    async def made(self, days_ago: float, count: int) -> None:
        """Add `count` channels created `days_ago` days ago."""
        for number in range(count):
            _, channel = await buy(self.units, self.clock)
            channel.created_at = self.clock.now() - timedelta(days=days_ago)
            channel.channel_id = ChatId(-(1_000_000_000_000 + round(days_ago * 1000) + number))
            async with self.units() as uow:
                await uow.channels.save(channel)
                await uow.commit()

    def alarms(self) -> list[dict[str, str]]:
        return [dict(job.payload["facts"]) for job in self.memory.jobs_named(RaiseAlarm.name)]


@pytest.fixture
def pool() -> Pool:
    return Pool()


async def test_each_capacity_threshold_is_reported_once_until_usage_falls(pool: Pool) -> None:
    account = await add_account(pool.units, channel_cap=100)

    assert await pool.use(account, 69) == []
    assert await pool.use(account, 70) == ["70"]
    assert await pool.use(account, 84) == []
    assert await pool.use(account, 96) == ["96"]
    assert await pool.use(account, 90) == []
    assert await pool.use(account, 95) == ["95"]
    assert await pool.use(account, 10) == []
    assert await pool.use(account, 86) == ["86"]
    keys = [job.payload["key"] for job in pool.memory.jobs_named(RaiseAlarm.name)]
    assert len(keys) == 4


async def test_threshold_crossed_again_after_usage_fell_raises_another_alarm(pool: Pool) -> None:
    account = await add_account(pool.units, channel_cap=100)
    for used in (70, 10, 70):
        await pool.use(account, used)
        pool.clock.advance(timedelta(hours=1))

    keys = [job.payload["key"] for job in pool.memory.jobs_named(RaiseAlarm.name)]

    assert len(set(keys)) == 2


async def test_forecast_uses_the_rate_of_the_last_two_weeks(pool: Pool) -> None:
    account = await add_account(pool.units, channel_cap=100)
    await pool.made(days_ago=20, count=9)
    await pool.made(days_ago=10, count=30)
    await pool.made(days_ago=1, count=11)

    await pool.use(account, 63 + 7)

    assert pool.alarms() == [{"share": "70", "left": "30", "days": "7"}]


async def test_forecast_without_sales_is_more_than_a_year(pool: Pool) -> None:
    account = await add_account(pool.units, channel_cap=100)

    await pool.use(account, 70)

    assert pool.alarms()[0]["days"] == ">365"


async def test_only_accounts_that_can_create_channels_have_capacity(pool: Pool) -> None:
    for status, used in [("active", 10), ("restricted", 10), ("full", 60), ("retired", 50), ("dead", 50)]:
        await add_account(pool.units, channel_cap=100, channels_used=used, status=AccountStatus(status))
    async with pool.units() as uow:
        forecast = await pool_forecast(uow, await uow.accounts.all(), pool.clock.now())

    # Capacity is 100 + 100 + the 60 that Telegram allows the full account; the active account's 90 unused ones remain.
    assert (forecast.channels_left, forecast.share) == (90, 65)


async def test_pool_without_accounts_raises_no_alarm(pool: Pool) -> None:
    assert not await pool.watch()


async def test_restricted_account_is_retried_at_growing_intervals(pool: Pool) -> None:
    account = await add_account(pool.units)
    pauses = []
    for _ in range(3):
        account = await pool.stored(account)
        assert account.change_status(AccountStatus.RESTRICTED, "UserRestrictedError", pool.clock.now())
        assert account.retry_at is not None
        pauses.append(account.retry_at - pool.clock.now())
        await pool.change(account)
        pool.clock.advance(pauses[-1] - timedelta(seconds=1))
        await pool.watch()
        assert (await pool.stored(account)).status is AccountStatus.RESTRICTED
        pool.clock.advance(timedelta(seconds=1))
        assert await pool.watch()
        assert (await pool.stored(account)).status is AccountStatus.ACTIVE

    assert pauses == [timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]


async def test_retry_intervals_are_capped_and_reset_after_a_created_channel(pool: Pool) -> None:
    account = await add_account(pool.units, setbacks=50)
    account.change_status(AccountStatus.RESTRICTED, "PeerFloodError", pool.clock.now())
    assert account.retry_at == pool.clock.now() + timedelta(days=7)

    account.recover(account.retry_at)
    assert [account.came_through() for _ in range(2)] == [True, False]
    account.change_status(AccountStatus.FULL, "ChannelsTooMuchError", pool.clock.now())

    assert account.retry_at == pool.clock.now() + timedelta(days=1)


async def test_full_account_becomes_active_when_a_channel_is_deleted(pool: Pool) -> None:
    account = await add_account(pool.units, channels_used=400)
    account.change_status(AccountStatus.FULL, "ChannelsTooMuchError", pool.clock.now())
    # The refused channel had been counted and is now uncounted, which frees nothing at Telegram.
    account.release_channel(pool.clock.now())
    assert account.status is AccountStatus.FULL

    account.channel_deleted()

    assert (account.status, account.may_create_from(pool.clock.now())) == (AccountStatus.ACTIVE, pool.clock.now())


@pytest.mark.parametrize("status", [AccountStatus.DEAD, AccountStatus.RETIRED])
async def test_unusable_or_retired_account_is_not_retried(pool: Pool, status: AccountStatus) -> None:
    account = await add_account(pool.units)
    account.change_status(status, "SessionRevokedError", pool.clock.now())
    await pool.change(account)
    pool.clock.advance(timedelta(days=100))
    await pool.watch()

    assert (await pool.stored(account)).status is status


async def test_released_channel_no_longer_counts_towards_the_limit_of_the_day_it_was_reserved(pool: Pool) -> None:
    account, now = await add_account(pool.units, created_today=3), pool.clock.now()
    account.reserve_channel(now)
    account.reserve_channel(now)
    account.release_channel(now)
    assert (account.created_today, account.channels_used) == (1, 1)
    account.release_channel(now + timedelta(days=1))
    assert (account.created_today, account.channels_used) == (1, 0)
    account.release_channel(now)
    account.release_channel(now)
    assert (account.created_today, account.channels_used) == (0, 0)
