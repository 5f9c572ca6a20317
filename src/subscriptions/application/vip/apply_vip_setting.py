"""Setup of the VIP channel from the setting VIP_CHANNEL_ID."""

from dataclasses import dataclass
from typing import Final

import structlog

from subscriptions.application.access.chat_check import is_replaced
from subscriptions.application.vip.vip_chat import set_vip_channel
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.variable import number
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.invite_maker import ChannelLook, InviteMaker
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

FOLLOWED_CHANNEL: Final = number("vip_channel_of_settings")
"""Variable with the last value of VIP_CHANNEL_ID that was applied."""


@dataclass(frozen=True)
class ApplyVipSetting:
    """Use case that applies VIP_CHANNEL_ID once. A channel that staff choose later (`SetUpChannel`) is kept until the
    setting changes.

    It is not a staff command: the bot runs it at startup, and accepts a channel that it can't see yet. The audit log
    names `settings` as the actor.
    """

    units: UnitOfWorkFactory
    maker: InviteMaker
    clock: Clock

    async def __call__(self, chat: ChatId) -> None:
        """Apply the setting. The bot's rights in the channel are checked at every start until they are complete;
        `umbral doctor` and alarms report missing rights too.
        """
        async with self.units() as uow:
            if await uow.variables.get(FOLLOWED_CHANNEL) == chat:
                return
        look = await self._look(chat)
        if look is not None and not look.is_channel:
            log.error("VIP_CHANNEL_ID is no channel", look=str(look))
            return
        async with self.units() as uow:
            if await self._set_channel(uow, chat, look) is None:
                log.error("VIP_CHANNEL_ID is something of ours already", chat=chat)
                return
            if look is not None and look.fit:
                await uow.variables.set(FOLLOWED_CHANNEL, chat)
            else:
                log.error("the bot cannot do its work in VIP_CHANNEL_ID", look=str(look))
            await uow.commit()

    async def _look(self, chat: ChatId) -> ChannelLook | None:
        """Return the chat's data as the bot sees it. Return None if the bot can't see the chat or Telegram is
        unreachable.
        """
        try:
            return await self.maker.look(chat)
        except (RetryLater, Ambiguous) as outage:
            log.warning("the VIP channel cannot be looked at now", reason=str(outage))
            return None

    async def _set_channel(self, uow: UnitOfWork, chat: ChatId, look: ChannelLook | None) -> Channel | None:
        """Make the chat the VIP channel, and return the channel. Return None if the chat is already known as another
        channel.
        """
        holder, vip = await uow.channels.by_chat_id(chat), await uow.of(VIP_KEY).channel()
        if holder is not None and not is_replaced(holder) and (vip is None or holder.id != vip.id):
            return None
        channel = await uow.channels.get(vip.id, lock=True) if vip is not None else None
        if channel is not None and channel.channel_id == chat:
            if look is not None and channel.title != look.title:
                channel.title = look.title
                await uow.channels.save(channel)
            return channel
        title, now = look.title if look is not None else "VIP", self.clock.now()
        channel = await set_vip_channel(uow, channel, chat, title, now)
        facts = {"chat": str(chat), "title": title}
        await uow.audit.record(
            actor="settings",
            action="channel.set_up",
            subject=str(channel.id),
            reason="the VIP channel",
            at=now,
            facts=facts,
        )
        return channel
