"""Check that a deleted VIP channel, or one that removed the bot, raises an alarm with instructions, and that no
customer loses access.
"""

from __future__ import annotations

import pytest

from subscriptions.application.channels.watch_bot_rights import RIGHTS, WatchBotRights
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId, TelegramId
from tests.fakes.invite_maker import channel_look
from tests.support.userbot import SUBSCRIPTION_BOT, introduce
from tests.support.vip import VIP_CHAT, VipShop

ANOTHER = ChatId(-1003000000002)
BOT = TelegramId(100)


def no_answer(method: str, person: TelegramId) -> None:
    """Raise the error that the bot gets while Telegram is unavailable."""
    raise RetryLater(method)


async def open_alarms(vip: VipShop) -> list[str]:
    async with vip.shop.units() as uow:
        return [alarm.kind for alarm in await uow.alarms.open(9)]


async def test_deleted_channel_raises_an_alarm_until_replaced_and_removes_no_member() -> None:
    vip = await VipShop.open()
    await introduce(vip.shop.units, {SUBSCRIPTION_BOT: BOT})
    ana, watch = await vip.inside(), WatchBotRights(vip.shop.units, vip.chat_membership)
    for _ in range(2):
        await watch(VIP_CHAT, BOT, None, vip.shop.clock.now())
    await vip.work()
    assert await open_alarms(vip) == ["vip_bot_put_out"]
    assert (await vip.access_of(ana)).status is AccessStatus.ACTIVE
    vip.maker.looks[ANOTHER] = channel_look(ANOTHER, "Otro")
    await vip.set_up(ANOTHER)
    assert await open_alarms(vip) == []
    assert len(await vip.shop.jobs(jobs.DeliverMissed.name)) == 2


async def test_missing_rights_of_the_bot_raise_an_alarm_until_restored() -> None:
    vip = await VipShop.open()
    await introduce(vip.shop.units, {SUBSCRIPTION_BOT: BOT})
    watch, vip.chat_membership.rights[VIP_CHAT, BOT] = (
        WatchBotRights(vip.shop.units, vip.chat_membership),
        ["can_invite_users"],
    )
    await watch(VIP_CHAT, BOT, ["can_invite_users"], vip.shop.clock.now())
    assert await open_alarms(vip) == ["bot_rights_missing"]
    await watch(VIP_CHAT, BOT, ["can_invite_users", "can_restrict_members"], vip.shop.clock.now())
    assert await open_alarms(vip) == []
    assert len(await vip.shop.jobs(jobs.DeliverMissed.name)) >= 1


@pytest.mark.parametrize("rights", [None, ["can_invite_users"]])
async def test_rights_of_the_bot_restored_before_the_check_raise_no_alarm(rights: list[str] | None) -> None:
    """The update waited, as at the bot's first start, and reports an outdated state."""
    vip = await VipShop.open()
    await introduce(vip.shop.units, {SUBSCRIPTION_BOT: BOT})
    vip.chat_membership.rights[VIP_CHAT, BOT] = RIGHTS["subscription"]
    await WatchBotRights(vip.shop.units, vip.chat_membership)(VIP_CHAT, BOT, rights, vip.shop.clock.now())
    assert await open_alarms(vip) == []


async def test_update_about_the_bots_rights_is_retried_while_telegram_is_unavailable() -> None:
    vip = await VipShop.open()
    await introduce(vip.shop.units, {SUBSCRIPTION_BOT: BOT})
    vip.chat_membership.refusal = no_answer
    with pytest.raises(RetryLater):
        await WatchBotRights(vip.shop.units, vip.chat_membership)(VIP_CHAT, BOT, None, vip.shop.clock.now())
    assert await open_alarms(vip) == []
