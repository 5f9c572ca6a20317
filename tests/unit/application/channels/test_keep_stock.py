"""Pre-created channels: made slowly, assigned once, and never at a paying customer's expense."""

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
from tests.support.purchase import BOTS
from tests.support.refusals import refusal
from tests.support.stock import PACE, Stock
from tests.support.userbot import SENDER_BOTS, buy


async def test_stock_size_of_zero_creates_no_channels() -> None:
    stock = Stock(0)
    await stock.open()
    assert not await stock.keep()
    await stock.fill(3)
    assert stock.telegram.channels == []


async def test_stock_is_filled_at_the_pace_of_the_account_up_to_its_size() -> None:
    stock = Stock(3)
    await stock.open()
    assert await stock.keep()
    assert not await stock.keep()
    await stock.work()
    assert not await stock.keep()
    await stock.fill()
    rows = await stock.rows()
    assert [channel.status for channel in rows] == [ChannelStatus.READY] * 3
    assert len(stock.telegram.channels) == 3
    moments = [channel.created_at for channel in rows]
    assert all(later - earlier >= PACE for earlier, later in itertools.pairwise(moments))
    assert (await stock.account(1)).channels_used == 3


async def test_pre_created_channel_is_equipped_and_has_no_customer() -> None:
    stock = Stock(1)
    await stock.open()
    await stock.fill(1)
    [row] = await stock.rows()
    made = stock.at_telegram(row)
    assert (made.title, made.about) == ("Retador", f"Retador ref:{row.marker}")
    assert made.protected
    assert set(made.admins) == set(BOTS.values())
    assert (made.posts, made.links) == ({}, [])


async def test_pre_creation_has_normal_priority() -> None:
    stock = Stock(1)
    await stock.open()
    await stock.keep()
    assert stock.memory.jobs[-1].priority is Priority.NORMAL


async def test_sale_renames_and_welcomes_a_pre_created_channel() -> None:
    stock = Stock(2)
    await stock.open()
    await stock.fill(4)
    asked = stock.telegram.calls.count((AccountId(1), "CreateChannel"))
    channel = await stock.sell()
    await stock.work()
    made = stock.at_telegram(channel)
    assert made.title == channel.title != "Retador"
    assert made.about == f"Retador · {await _plan_name(stock)}", "nothing of ours in a customer's eyes"
    assert len(made.posts) == 1
    assert made.pinned is not None
    assert len(stock.telegram.live_links(made)) == 1
    assert (await stock.channel()).status is ChannelStatus.READY
    assert (await stock.access()).status == "invited"
    assert stock.telegram.calls.count((AccountId(1), "CreateChannel")) == asked
    await stock.fill(3)
    assert len(await stock.rows()) == 2
    assert (await stock.account(1)).channels_used == 3


async def _plan_name(stock: Stock) -> str:
    async with stock.units() as uow:
        plan = await uow.plans.get(stock._plan)
    assert plan is not None
    return plan.name


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "method", ["EditTitle", "EditChatAbout", "ToggleNoForwards", "EditAdmin", "SendMessage", "ExportChatInvite"]
)
async def test_interrupted_handover_of_a_channel_continues(method: str, moment: str) -> None:
    stock = Stock(1)
    await stock.open()
    await stock.fill(1)
    made = stock.at_telegram((await stock.rows())[0])
    # Another admin changed the channel meanwhile, so every step is needed.
    made.protected = False
    made.admins.clear()
    channel = await stock.sell()
    await stock.assign()
    stock.trouble(method, moment, Ambiguous("lost"))
    with pytest.raises(Ambiguous):
        await stock.tend()
    await stock.tend()
    assert (made.title, len(made.posts), len(stock.telegram.live_links(made))) == (channel.title, 1, 1)
    assert (made.protected, set(made.admins)) == (True, set(BOTS.values()))
    assert len(stock.telegram.channels) == 1


async def test_pre_created_channel_regains_lost_settings_at_its_sale() -> None:
    stock = Stock(1)
    await stock.open()
    await stock.fill()
    made = stock.at_telegram((await stock.rows())[0])
    lost, kept = BOTS[SENDER_BOTS[0]], dict(made.admins)
    made.protected = False
    del made.admins[lost]
    asked = len(stock.telegram.calls)

    await stock.sell()
    await stock.work()

    assert made.protected
    assert made.admins == kept
    assert [method for _, method in stock.telegram.calls[asked:]].count("EditAdmin") == 1


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_lost_answer_makes_one_pre_created_channel(moment: str) -> None:
    stock = Stock(1)
    await stock.open()
    await stock.keep()
    [row] = await stock.rows()
    stock.trouble("CreateChannel", moment, Ambiguous("lost"))
    with pytest.raises(Ambiguous):
        await stock.userbot.tend(AccountId(1), row.id)
    stock.clock.advance(timedelta(seconds=6))
    assert not await stock.keep()
    await stock.userbot.tend(AccountId(1), row.id)
    assert len(stock.telegram.channels) == 1
    assert [channel.status for channel in await stock.rows()] == [ChannelStatus.READY]


async def test_channel_in_creation_can_be_sold_and_is_renamed_at_the_end() -> None:
    stock = Stock(1)
    await stock.open()
    await stock.keep()
    [row] = await stock.rows()
    stock.trouble("EditAdmin", "before", Ambiguous("lost"))
    with pytest.raises(Ambiguous):
        await stock.userbot.tend(AccountId(1), row.id)
    channel = await stock.sell()
    assert channel.id == row.id
    await stock.work()
    assert stock.at_telegram(channel).title == channel.title
    assert (await stock.access()).status == "invited"
    assert len(stock.telegram.channels) == 1


async def test_pre_created_channel_deleted_at_telegram_is_recreated_at_its_sale() -> None:
    stock = Stock(1)
    await stock.open()
    await stock.fill(1)
    stock.telegram.channels.clear()
    channel = await stock.sell()
    await stock.work()
    await stock.work()
    fresh = await stock.channel()
    assert fresh.marker != channel.marker
    assert stock.at_telegram(fresh).title == channel.title
    assert (await stock.access()).status == "invited"
    assert (await stock.account(1)).channels_used == 1
    assert "channel_out_of_reach" not in [job.payload["kind"] for job in stock.memory.jobs_named("bot.alarm")]


async def test_deleted_personal_channel_raises_an_alarm() -> None:
    stock = Stock(0)
    await stock.begin()
    stock.trouble("ToggleNoForwards", "before", refusal("GetChannels", "CHANNEL_INVALID"))
    await stock.assign()
    with pytest.raises(Exception, match="ChannelInvalidError"):
        await stock.tend()
    assert [job.payload["kind"] for job in stock.memory.jobs_named("bot.alarm")] == ["channel_out_of_reach"]


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
async def test_only_accounts_able_to_open_their_channels_hand_them_over(status, wait, served) -> None:
    stock = Stock(1)
    await stock.open()
    await stock.fill(1)
    [row] = await stock.rows()
    account = await stock.account(1)
    account.status = status
    if wait is not None:
        account.order_wait(wait, stock.clock.now() + timedelta(hours=1))
    await stock.save(account)
    assert ((await stock.sell()).id == row.id) is served


@pytest.mark.parametrize(
    ("terms", "made"),
    [({"day_cap": 3}, 2), ({"channel_cap": 3}, 2), ({"channel_cap": 1}, 0), ({"day_cap": 1}, 0), ({}, 5)],
    ids=["last of the day", "last of the account", "only one of the account", "only one of the day", "room"],
)
async def test_last_capacity_is_left_to_paying_customers(terms, made) -> None:
    stock = Stock(5)
    await stock.open(**terms)
    await stock.fill()
    assert len(stock.telegram.channels) == made


async def test_no_channel_is_pre_created_while_a_customer_waits() -> None:
    stock = Stock(1)
    await stock.open(accounts=1)
    await buy(stock.units, stock.clock)
    assert not await stock.keep()


@pytest.mark.parametrize(
    "refusal", [FloodWait("CreateChannel", timedelta(seconds=77)), AccountUnavailable("full", "ChannelsTooMuchError")]
)
async def test_refused_creation_is_dropped_without_a_message(refusal: Exception) -> None:
    stock = Stock(1)
    await stock.open(accounts=1)
    stock.trouble("CreateChannel", "before", refusal)
    await stock.keep()
    await stock.work()
    assert await stock.rows() == []
    assert (await stock.account(1)).channels_used == 0
    assert stock.notified() == []
    assert not await stock.keep()
    alarms = {job.payload["kind"] for job in stock.memory.jobs_named(jobs.RaiseAlarm.name)}
    assert "pool_dry" not in alarms


async def test_stuck_creation_counts_towards_the_stock() -> None:
    stock = Stock(1)
    await stock.open()
    await stock.keep()
    for _ in range(5):
        stock.clock.advance(timedelta(hours=3))
        assert not await stock.keep()
    assert len(await stock.rows()) == 1


async def test_stock_of_a_dead_account_is_recreated_elsewhere() -> None:
    stock = Stock(1)
    await stock.open(accounts=2)
    await stock.fill(2)
    account = await stock.account(1)
    account.status = AccountStatus.DEAD
    await stock.save(account)
    await stock.fill(2)
    assert sorted(channel.account_id or 0 for channel in await stock.rows()) == [1, 2]


async def test_forecast_counts_sales_and_the_stock_as_capacity() -> None:
    stock = Stock(3)
    await stock.open(channel_cap=10)
    await stock.fill(4)
    async with stock.units() as uow:
        before = await pool_forecast(uow, await uow.accounts.all(), stock.clock.now())
    await stock.sell()
    await stock.work()
    async with stock.units() as uow:
        after = await pool_forecast(uow, await uow.accounts.all(), stock.clock.now())
    assert (before.channels_left, before.stock, before.per_day, before.share) == (10, 3, 0.0, 0)
    assert (after.channels_left, after.stock, after.per_day, after.share) == (9, 2, 1.0, 10)
