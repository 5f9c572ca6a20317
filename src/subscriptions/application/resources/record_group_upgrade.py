"""Upgrade of a basic group to a supergroup: the resource continues with the new chat id."""

from dataclasses import dataclass, replace

import structlog

from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RecordGroupUpgrade:
    """Use case that updates the records when a basic group becomes a supergroup. It is called for each of the two
    service messages that Telegram sends, and when Telegram answers a request with the new id. Idempotent.

    Access, alarms and plans are kept, because they refer to the channel's row. Invite links of the old group count as
    invalid, so customers who had not joined receive another link.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, old_chat: ChatId, chat: ChatId) -> bool:
        """Record the supergroup's id. Return True if the chat is a resource.

        old_chat: id of the basic group
        chat: id of the supergroup

        If a setting contains the old chat id, the operator must change it.
        """
        async with self.units() as uow:
            now = self.clock.now()
            look = await uow.resources.seen_chat(old_chat)
            if look is not None and look.is_admin:
                await uow.resources.see_chat(replace(look, chat=chat, chat_type="supergroup"), now)
                await uow.resources.see_chat(replace(look, is_admin=False), now)
            channel = await uow.channels.by_chat_id(old_chat)
            channel_row = await uow.channels.get(channel.id, lock=True) if channel is not None else None
            if channel_row is not None and channel_row.channel_id == old_chat:
                if await uow.channels.by_chat_id(chat) is not None:
                    log.warning("the supergroup is a resource of its own already", before=old_chat, chat=chat)
                    return True
                await self._move(uow, channel_row, old_chat, chat)
            is_ours = channel_row is not None or await uow.channels.by_chat_id(chat) is not None
            await uow.commit()
        return is_ours

    async def _move(self, uow: UnitOfWork, channel: Channel, old_chat: ChatId, chat: ChatId) -> None:
        channel.channel_id = chat
        await uow.channels.save(channel)
        now = self.clock.now()
        for invite in await uow.channels.live_invites(channel.id):
            invite.distrust(now)
            await uow.channels.save_invite(invite)
            access = await uow.accesses.find(invite.customer_id, channel.id)
            if access is not None:
                await kind_of_channel(channel).on_return(uow, channel, access)
        await uow.audit.record(
            actor="system",
            action="resource.upgraded",
            subject=str(channel.resource_id),
            reason="Telegram made a supergroup of it",
            at=now,
            facts={"title": channel.title, "before": str(old_chat), "chat": str(chat)},
        )
        log.info("a group was upgraded", before=old_chat, chat=chat, channel=str(channel.id))
