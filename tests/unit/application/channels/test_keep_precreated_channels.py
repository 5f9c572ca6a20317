"""Check that channels are pre-created slowly, are assigned once, and never delay a paying customer."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from subscriptions.application.accounts.pool_forecast import pool_forecast
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import Ambiguous
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable, FloodWait
from subscriptions.domain.ports.job_queue import Priority
from tests.support.channel_pool import PACE, ChannelPool
from tests.support.purchase import BOTS
from tests.support.refusals import refusal
from tests.support.userbot import SENDER_BOTS, buy


async def test_pool_size_of_zero_creates_no_channels() -> None:
    pool = ChannelPool(0)
    await pool.open()
    assert not await pool.keep()
    await pool.fill(3)
    assert pool.telegram.channels == []


async def test_channels_are_pre_created_at_the_pace_of_the_account_up_to_the_limit() -> None:
    pool = ChannelPool(3)
    await pool.open()
    assert await pool.keep()
    assert not await pool.keep()
    await pool.work()
    assert not await pool.keep()
    await pool.fill()
    rows = await pool.rows()
    assert [channel.status for channel in rows] == [ChannelStatus.READY] * 3
    assert len(pool.telegram.channels) == 3
    moments = [channel.created_at for channel in rows]
    assert all(later - earlier >= PACE for earlier, later in itertools.pairwise(moments))
    assert (await pool.account(1)).channels_used == 3


async def test_pre_created_channel_is_set_up_and_has_no_customer() -> None:
    pool = ChannelPool(1)
    await pool.open()
    await pool.fill(1)
    [row] = await pool.rows()
    made = pool.at_telegram(row)
    assert (made.title, made.about) == ("Retador", f"Retador ref:{row.marker}")
    assert made.protected
    assert set(made.admins) == set(BOTS.values())
    assert (made.posts, made.links) == ({}, [])


async def test_pre_creation_has_normal_priority() -> None:
    pool = ChannelPool(1)
    await pool.open()
    await pool.keep()
    assert pool.memory.jobs[-1].priority is Priority.NORMAL


async def test_sale_renames_and_welcomes_a_pre_created_channel() -> None:
    pool = ChannelPool(2)
    await pool.open()
    await pool.fill(4)
    asked = pool.telegram.calls.count((AccountId(1), "CreateChannel"))
    channel = await pool.sell()
    await pool.work()
    made = pool.at_telegram(channel)
    assert made.title == channel.title != "Retador"
    assert made.about == f"Retador · {await _plan_name(pool)}", "nothing of ours in a customer's eyes"
    assert len(made.posts) == 1
    assert made.pinned is not None
    assert len(pool.telegram.live_links(made)) == 1
    assert (await pool.channel()).status is ChannelStatus.READY
    assert (await pool.access()).status == "invited"
    assert pool.telegram.calls.count((AccountId(1), "CreateChannel")) == asked
    await pool.fill(3)
    assert len(await pool.rows()) == 2
    assert (await pool.account(1)).channels_used == 3


async def _plan_name(pool: ChannelPool) -> str:
    async with pool.units() as uow:
        plan = await uow.plans.get(pool._plan)
    assert plan is not None
    return plan.name


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "method", ["EditTitle", "EditChatAbout", "ToggleNoForwards", "EditAdmin", "SendMessage", "ExportChatInvite"]
)
async def test_interrupted_handover_of_a_channel_is_completed(method: str, moment: str) -> None:
    pool = ChannelPool(1)
    await pool.open()
    await pool.fill(1)
    made = pool.at_telegram((await pool.rows())[0])
    # Another admin changed the channel meanwhile, so every step is needed.
    made.protected = False
    made.admins.clear()
    channel = await pool.sell()
    await pool.assign()
    pool.trouble(method, moment, Ambiguous("lost"))
    with pytest.raises(Ambiguous):
        await pool.tend()
    await pool.tend()
    assert (made.title, len(made.posts), len(pool.telegram.live_links(made))) == (channel.title, 1, 1)
    assert (made.protected, set(made.admins)) == (True, set(BOTS.values()))
    assert len(pool.telegram.channels) == 1


async def test_pre_created_channel_regains_lost_settings_at_its_sale() -> None:
    pool = ChannelPool(1)
    await pool.open()
    await pool.fill()
    made = pool.at_telegram((await pool.rows())[0])
    lost, kept = BOTS[SENDER_BOTS[0]], dict(made.admins)
    made.protected = False
    del made.admins[lost]
    asked = len(pool.telegram.calls)

    await pool.sell()
    await pool.work()

    assert made.protected
    assert made.admins == kept
    assert [method for _, method in pool.telegram.calls[asked:]].count("EditAdmin") == 1


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_lost_answer_to_a_creation_request_results_in_one_pre_created_channel(moment: str) -> None:
    pool = ChannelPool(1)
    await pool.open()
    await pool.keep()
    [row] = await pool.rows()
    pool.trouble("CreateChannel", moment, Ambiguous("lost"))
    with pytest.raises(Ambiguous):
        await pool.userbot.tend(AccountId(1), row.id)
    pool.clock.advance(timedelta(seconds=6))
    assert not await pool.keep()
    await pool.userbot.tend(AccountId(1), row.id)
    assert len(pool.telegram.channels) == 1
    assert [channel.status for channel in await pool.rows()] == [ChannelStatus.READY]


async def test_channel_sold_during_its_pre_creation_is_renamed_and_its_customer_invited() -> None:
    pool = ChannelPool(1)
    await pool.open()
    await pool.keep()
    [row] = await pool.rows()
    pool.trouble("EditAdmin", "before", Ambiguous("lost"))
    with pytest.raises(Ambiguous):
        await pool.userbot.tend(AccountId(1), row.id)
    channel = await pool.sell()
    assert channel.id == row.id
    await pool.work()
    assert pool.at_telegram(channel).title == channel.title
    assert (await pool.access()).status == "invited"
    assert len(pool.telegram.channels) == 1


async def test_pre_created_channel_deleted_at_telegram_is_recreated_at_its_sale() -> None:
    pool = ChannelPool(1)
    await pool.open()
    await pool.fill(1)
    pool.telegram.channels.clear()
    channel = await pool.sell()
    await pool.work()
    await pool.work()
    fresh = await pool.channel()
    assert fresh.marker != channel.marker
    assert pool.at_telegram(fresh).title == channel.title
    assert (await pool.access()).status == "invited"
    assert (await pool.account(1)).channels_used == 1
    assert "channel_out_of_reach" not in [job.payload["kind"] for job in pool.memory.jobs_named("bot.alarm")]


async def test_deleted_personal_channel_raises_an_alarm() -> None:
    pool = ChannelPool(0)
    await pool.begin()
    pool.trouble("ToggleNoForwards", "before", refusal("GetChannels", "CHANNEL_INVALID"))
    await pool.assign()
    with pytest.raises(Exception, match="ChannelInvalidError"):
        await pool.tend()
    assert [job.payload["kind"] for job in pool.memory.jobs_named("bot.alarm")] == ["channel_out_of_reach"]


@pytest.mark.parametrize(
    ("status", "wait", "served"),
    [
        (AccountStatus.ACTIVE, "CreateChannel", True),
        (AccountStatus.FULL, None, True),
        (AccountStatus.ACTIVE, "ExportChatInvite", False),
        (AccountStatus.ACTIVE, "GetChannels", False),
        (AccountStatus.ACTIVE, "GetParticipants", False),
        (AccountStatus.RESTRICTED, None, False),
        (AccountStatus.RETIRED, None, False),
        (AccountStatus.DEAD, None, False),
    ],
)
async def test_pre_created_channel_is_sold_only_if_its_account_can_invite_the_customer(status, wait, served) -> None:
    pool = ChannelPool(1)
    await pool.open()
    await pool.fill(1)
    [row] = await pool.rows()
    account = await pool.account(1)
    account.status = status
    if wait is not None:
        account.order_wait(wait, pool.clock.now() + timedelta(hours=1))
    await pool.save(account)
    assert ((await pool.sell()).id == row.id) is served


@pytest.mark.parametrize(
    ("terms", "made"),
    [({"day_cap": 3}, 2), ({"channel_cap": 3}, 2), ({"channel_cap": 1}, 0), ({"day_cap": 1}, 0), ({}, 5)],
    ids=["last of the day", "last of the account", "only one of the account", "only one of the day", "room"],
)
async def test_last_channel_of_a_capacity_limit_is_reserved_for_paying_customers(terms, made) -> None:
    pool = ChannelPool(5)
    await pool.open(**terms)
    await pool.fill()
    assert len(pool.telegram.channels) == made


async def test_no_channel_is_pre_created_while_a_customer_waits() -> None:
    pool = ChannelPool(1)
    await pool.open(accounts=1)
    await buy(pool.units, pool.clock)
    assert not await pool.keep()


@pytest.mark.parametrize(
    "refusal", [FloodWait("CreateChannel", timedelta(seconds=77)), AccountUnavailable("full", "ChannelsTooMuchError")]
)
async def test_refused_pre_creation_is_dropped_without_a_customer_message(refusal: Exception) -> None:
    pool = ChannelPool(1)
    await pool.open(accounts=1)
    pool.trouble("CreateChannel", "before", refusal)
    await pool.keep()
    await pool.work()
    assert await pool.rows() == []
    assert (await pool.account(1)).channels_used == 0
    assert pool.notified() == []
    assert not await pool.keep()
    alarms = {job.payload["kind"] for job in pool.memory.jobs_named(jobs.RaiseAlarm.name)}
    assert "pool_dry" not in alarms


async def test_unfinished_pre_creation_counts_towards_the_pool_size() -> None:
    pool = ChannelPool(1)
    await pool.open()
    await pool.keep()
    for _ in range(5):
        pool.clock.advance(timedelta(hours=3))
        assert not await pool.keep()
    assert len(await pool.rows()) == 1


async def test_pre_created_channels_of_an_unusable_account_are_recreated_by_another_account() -> None:
    pool = ChannelPool(1)
    await pool.open(accounts=2)
    await pool.fill(2)
    account = await pool.account(1)
    account.status = AccountStatus.DEAD
    await pool.save(account)
    await pool.fill(2)
    assert sorted(channel.account_id or 0 for channel in await pool.rows()) == [1, 2]


async def test_forecast_counts_sales_and_pre_created_channels_as_used_capacity() -> None:
    pool = ChannelPool(3)
    await pool.open(channel_cap=10)
    await pool.fill(4)
    async with pool.units() as uow:
        before = await pool_forecast(uow, await uow.accounts.all(), pool.clock.now())
    await pool.sell()
    await pool.work()
    async with pool.units() as uow:
        after = await pool_forecast(uow, await uow.accounts.all(), pool.clock.now())
    assert (before.channels_left, before.precreated, before.per_day, before.share) == (10, 3, 0.0, 0)
    assert (after.channels_left, after.precreated, after.per_day, after.share) == (9, 2, 1.0, 10)
