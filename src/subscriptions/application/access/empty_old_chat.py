"""Removal of customers from a chat that was replaced by another one."""

from dataclasses import dataclass
from typing import Final

import structlog

from subscriptions.application.access.membership import Membership, membership_of
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccessId, ChannelId, ChatId, TelegramId
from subscriptions.domain.ports.channel_door import ChannelDoor, Presence
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

PAGE: Final = 50
"""Number of customers per job."""


@dataclass(frozen=True)
class EmptyOldChat:
    """Use case that removes the customers who had access to a replaced chat and are still in it. Staff, bots, accounts,
    administrators of the chat, and people who never had access stay.
    """

    units: UnitOfWorkFactory
    door: ChannelDoor
    clock: Clock

    async def __call__(self, channel_id: ChannelId, after_id: AccessId | None = None) -> None:
        """Remove one page of customers, in order of their access ids, and queue the next page. Nothing is done in a
        chat that is in use. A chat in which the bot can no longer act is left as it is. Raises RetryLater.
        """
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id)
            of_chat = await uow.accesses.of_channel(channel_id)
            accesses = sorted(of_chat, key=lambda access: access.id)
            page = [access for access in accesses if after_id is None or access.id > after_id][:PAGE]
            people = [await uow.customers.get(access.customer_id) for access in page]
            leaving = [
                each.telegram_id
                for each in people
                if channel is not None
                and each is not None
                and not each.is_forgotten
                and await membership_of(uow, channel, each.telegram_id, None) is not Membership.EXEMPT
            ]
        if channel is None or channel.channel_id is None or channel.status is not ChannelStatus.DELETED:
            return
        try:
            for person in leaving:
                await self._remove(channel, channel.channel_id, person)
        except Permanent as error:
            log.warning("an old chat is not emptied", channel=str(channel.id), reason=str(error))
            return
        if len(page) == PAGE:
            async with self.units() as uow:
                job = jobs.EmptyOldChat(channel_id=channel_id, after=page[-1].id)
                await uow.enqueue(job.keyed_job(f"empty:{channel_id}:{job.after}"))
                await uow.commit()

    async def _remove(self, channel: Channel, chat: ChatId, person: TelegramId) -> None:
        async with self.units() as uow:
            is_ban_ours = await uow.resources.is_ban_ours(channel.id, person)
        if not is_ban_ours:
            if await self.door.presence(chat, person) is not Presence.INSIDE:
                return
            # Umbral must lift this ban, also if it is interrupted between the ban and the end of the ban.
            async with self.units() as uow:
                await uow.resources.note_ban(channel.id, person, self.clock.now())
                await uow.commit()
        if not await self.door.remove(chat, person):
            log.info("an administrator stays in an old chat", channel=str(channel.id), person=person)
        async with self.units() as uow:
            await uow.resources.drop_ban(channel.id, person)
            await uow.commit()
