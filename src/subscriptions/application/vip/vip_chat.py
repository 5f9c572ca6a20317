"""Change of the chat that is the VIP channel, shared by the staff command and the setting."""

from datetime import datetime

import structlog

from subscriptions.application.access.bans import may_return
from subscriptions.application.access.chat_check import release_chat
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.shared_alarms import VipBotPutOut
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.events import ChannelMended, VipChannelReady
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)


async def set_vip_channel(uow: UnitOfWork, channel: Channel | None, chat: ChatId, title: str, now: datetime) -> Channel:
    """Make a chat the VIP channel, and return the channel. `channel`: current VIP channel, locked; None if there is
    none.

    Members of the former chat get a link to the new one with /estado. They are not removed from the former chat.
    """
    await release_chat(uow, chat)
    if channel is None:
        channel = await _add(uow, chat, title, now)
    else:
        await _leave(uow, channel, now)
        channel.channel_id, channel.title, channel.account_id, channel.access_hash = chat, title, None, None
        await uow.channels.save(channel)
    for bot in await uow.accounts.bots():
        await keep_alarm(uow, VipBotPutOut, f"{channel.id}:{bot.telegram_id}", None, now)
    # Deliver the posts that were published while the former chat was gone.
    uow.record(ChannelMended(channel.id))
    uow.record(VipChannelReady())
    log.info("vip channel set up", chat=chat)
    return channel


async def _add(uow: UnitOfWork, chat: ChatId, title: str, now: datetime) -> Channel:
    resource = await uow.resources.by_soft_id(VIP)
    if resource is None:
        raise Permanent("there is no resource `vip`: run `umbral migrate`")
    channel = Channel.for_resource(resource, chat, title, now)
    if not await uow.channels.add_if_new(channel):
        raise RetryLater("the VIP channel is being set up by another unit of work")
    return channel


async def _leave(uow: UnitOfWork, channel: Channel, now: datetime) -> None:
    """Revoke the invite links to the former chat, and reset all accesses, because no customer has joined the new chat
    yet.
    """
    for invite in await uow.channels.live_invites(channel.id):
        invite.revoke(now)
        await uow.channels.save_invite(invite)
    for access in await uow.accesses.of_channel(channel.id, lock=True):
        is_displaced = access.displace(now)
        # Bans in the former chat do not apply to the new one; another pause still keeps the customer out.
        is_pardoned = not is_displaced and access.pardon(now)
        if is_pardoned and not await may_return(uow, access):
            access.suspend(is_shared=True)
        if is_displaced or is_pardoned:
            await uow.accesses.save(access)
