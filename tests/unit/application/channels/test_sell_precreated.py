"""Check that a pre-created channel is checked and repaired when it is sold, and opened to the customer only once it is
complete.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.userbot_account import HANDOVER_METHODS, AccountStatus
from subscriptions.domain.errors import AlreadyReported, RetryLater
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import FloodWait
from tests.support.channel_pool import ChannelPool
from tests.support.purchase import BOTS
from tests.support.userbot import SENDER_BOTS, introduce


@pytest.fixture
async def pool() -> ChannelPool:
    """Return a pool of accounts with one pre-created channel."""
    pool = ChannelPool(1)
    await pool.open()
    await pool.fill()
    return pool


async def test_sale_of_a_pre_created_channel_calls_only_declared_handover_methods(pool: ChannelPool) -> None:
    asked = len(pool.telegram.calls)
    await pool.sell()
    await pool.work()
    assert (await pool.access()).status == "invited"
    assert {method for _, method in pool.telegram.calls[asked:]} <= HANDOVER_METHODS


@pytest.mark.parametrize("method", ["GetChannels", "GetParticipants"])
async def test_channel_whose_settings_cannot_be_read_gets_all_settings_again_at_its_sale(
    pool: ChannelPool, method: str
) -> None:
    made = pool.at_telegram((await pool.rows())[0])
    kept = dict(made.admins)
    made.protected = False
    made.admins.clear()
    await pool.sell()
    pool.trouble(method, "before", FloodWait(method, timedelta(hours=1)))
    await pool.work()
    assert (made.protected, made.admins) == (True, kept)
    assert (await pool.access()).status == "invited"


async def test_bot_banned_in_a_pre_created_channel_is_admin_again_after_the_sale(pool: ChannelPool) -> None:
    made = pool.at_telegram((await pool.rows())[0])
    kept, lost = dict(made.admins), BOTS[SENDER_BOTS[0]]
    del made.admins[lost]
    made.banned.add(lost)
    await pool.sell()
    await pool.work()
    assert made.admins == kept
    assert (await pool.access()).status == "invited"


async def test_channel_sold_during_its_repair_is_opened_only_once_renamed_and_repaired(pool: ChannelPool) -> None:
    [row] = await pool.rows()
    made = pool.at_telegram(row)
    made.protected = False
    pool.clock.meanwhile = pool.sell
    with pytest.raises(RetryLater, match="sold meanwhile"):
        await pool.userbot.tend(AccountId(1), row.id, mend=True)
    assert pool.telegram.live_links(made) == []
    await pool.work()
    assert (made.title, made.protected) == ((await pool.channel()).title, True)
    assert (await pool.access()).status == "invited"


async def test_existing_channel_is_kept_if_a_bot_username_cannot_be_resolved(pool: ChannelPool) -> None:
    [row] = await pool.rows()
    await introduce(pool.units, BOTS | {"renamed_bot": 103})
    await pool.sell()
    await pool.assign()
    with pytest.raises(AlreadyReported):
        await pool.tend()
    assert (await pool.channel()).channel_id == row.channel_id
    assert (await pool.account(1)).channels_used == len(pool.telegram.channels) == 1
    assert [job.payload["kind"] for job in pool.memory.jobs_named("bot.alarm")] == ["channel_out_of_reach"]


async def test_sold_channel_is_planned_again_if_its_account_becomes_unusable(pool: ChannelPool) -> None:
    await pool.sell()
    async with pool.units() as uow:
        account = await uow.accounts.get(AccountId(1), lock=True)
        assert account is not None
        account.status = AccountStatus.DEAD
        await uow.accounts.save(account)
        await uow.commit()
    await pool.tend()
    channel = await pool.channel()
    assert (channel.status, channel.account_id, channel.channel_id) == (ChannelStatus.PLANNED, None, None)
