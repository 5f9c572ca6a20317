"""A pre-created channel at its sale: checked, repaired, and opened only once it is complete."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.userbot_account import HANDOVER_METHODS, AccountStatus
from subscriptions.domain.errors import AlreadyReported, RetryLater
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import FloodWait
from tests.support.purchase import BOTS
from tests.support.stock import Stock
from tests.support.userbot import SENDER_BOTS, introduce


@pytest.fixture
async def stock() -> Stock:
    """Stock with one pre-created channel."""
    stock = Stock(1)
    await stock.open()
    await stock.fill()
    return stock


async def test_handover_uses_only_the_methods_checked_before_it(stock: Stock) -> None:
    asked = len(stock.telegram.calls)
    await stock.sell()
    await stock.work()
    assert (await stock.access()).status == "invited"
    assert {method for _, method in stock.telegram.calls[asked:]} <= HANDOVER_METHODS


@pytest.mark.parametrize("method", ["GetChannels", "GetParticipants"])
async def test_unverifiable_channel_gets_all_its_settings_again_at_its_sale(stock: Stock, method: str) -> None:
    made = stock.at_telegram((await stock.rows())[0])
    kept = dict(made.admins)
    made.protected = False
    made.admins.clear()
    await stock.sell()
    stock.trouble(method, "before", FloodWait(method, timedelta(hours=1)))
    await stock.work()
    assert (made.protected, made.admins) == (True, kept)
    assert (await stock.access()).status == "invited"


async def test_banned_bot_is_admin_again_at_the_sale(stock: Stock) -> None:
    made = stock.at_telegram((await stock.rows())[0])
    kept, lost = dict(made.admins), BOTS[SENDER_BOTS[0]]
    del made.admins[lost]
    made.banned.add(lost)
    await stock.sell()
    await stock.work()
    assert made.admins == kept
    assert (await stock.access()).status == "invited"


async def test_channel_sold_during_its_repair_opens_once_renamed_and_complete(stock: Stock) -> None:
    [row] = await stock.rows()
    made = stock.at_telegram(row)
    made.protected = False
    stock.clock.meanwhile = stock.sell
    with pytest.raises(RetryLater, match="sold meanwhile"):
        await stock.userbot.tend(AccountId(1), row.id, mend=True)
    assert stock.telegram.live_links(made) == []
    await stock.work()
    assert (made.title, made.protected) == ((await stock.channel()).title, True)
    assert (await stock.access()).status == "invited"


async def test_unresolvable_bot_does_not_lose_an_existing_channel(stock: Stock) -> None:
    [row] = await stock.rows()
    await introduce(stock.units, BOTS | {"renamed_bot": 103})
    await stock.sell()
    await stock.assign()
    with pytest.raises(AlreadyReported):
        await stock.tend()
    assert (await stock.channel()).channel_id == row.channel_id
    assert (await stock.account(1)).channels_used == len(stock.telegram.channels) == 1
    assert [job.payload["kind"] for job in stock.memory.jobs_named("bot.alarm")] == ["channel_out_of_reach"]


async def test_channel_of_an_account_lost_at_the_sale_is_planned_again(stock: Stock) -> None:
    await stock.sell()
    async with stock.units() as uow:
        account = await uow.accounts.get(AccountId(1), lock=True)
        assert account is not None
        account.status = AccountStatus.DEAD
        await uow.accounts.save(account)
        await uow.commit()
    await stock.tend()
    channel = await stock.channel()
    assert (channel.status, channel.account_id, channel.channel_id) == (ChannelStatus.PLANNED, None, None)
