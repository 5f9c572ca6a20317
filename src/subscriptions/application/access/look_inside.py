"""Member audit of a shared chat. The customers are checked one at a time, because a bot can count a chat's members but
not list them.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from subscriptions.application.access.customers_of_chat import PAGE, CustomerPage, customers_of_chat
from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import WAITS_FOR_LINK, Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccessId, ChannelId, ChatId, CustomerId, TelegramId
from subscriptions.domain.ports.chat_membership import ChatMembership, Presence
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

_LOOKED_FOR: Final = WAITS_FOR_LINK | {AccessStatus.LEFT, AccessStatus.BANNED}
"""Access statuses that may be outdated because the customer joined or was unbanned without an update from Telegram."""


@dataclass(frozen=True)
class LookInsideAll:
    """Use case that queues a member audit of every shared chat. Idempotent."""

    units: UnitOfWorkFactory

    async def __call__(self) -> None:
        """Queue one job per chat for the bot."""
        async with self.units() as uow:
            for resource in await uow.resources.all():
                channel = await uow.resources.channel(resource.id)
                if channel is not None and channel.status is ChannelStatus.READY:
                    await uow.enqueue(jobs.LookInside(channel_id=channel.id).keyed_job(channel.id))
            await uow.commit()


@dataclass(frozen=True)
class LookInsideFor:
    """Use case that checks the shared chats that one customer may enter and has not joined, in case an update about the
    customer was lost. Idempotent.
    """

    units: UnitOfWorkFactory

    async def __call__(self, customer_id: CustomerId) -> None:
        """Queue one job per chat for the bot."""
        async with self.units() as uow:
            for access in await uow.accesses.of_customer(customer_id):
                channel = await uow.channels.get(access.channel_id) if access.status in _LOOKED_FOR else None
                if channel is not None and channel.resource_id is not None and channel.status is ChannelStatus.READY:
                    job = jobs.LookInside(channel_id=channel.id, customer_id=customer_id)
                    await uow.enqueue(job.keyed_job(f"{channel.id}:{customer_id}"))
            await uow.commit()


@dataclass(frozen=True)
class LookInside:
    """Use case that corrects the records of a shared chat after lost updates, and counts the chat's unknown members.

    Customers who joined or left are recorded, entitled customers with an open join request are admitted, and members
    who must leave are removed by a job. If a userbot account lists the chat's members, the bot only counts them.
    """

    units: UnitOfWorkFactory
    chat_membership: ChatMembership
    join_desk: JoinDesk
    clock: Clock

    async def __call__(self, channel_id: ChannelId, after_id: AccessId | None = None) -> None:
        """Check one page of a chat's customers, in order of their access ids, and queue the next page. Raises
        RetryLater.

        A refusal by Telegram is only logged, because missing rights of the bot raise their own alarm.
        """
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id)
            is_listed = channel is not None and channel.account_id is not None
            page = CustomerPage(channel_id=channel_id, people=(), last=None)
            if not is_listed:
                page = await customers_of_chat(uow, channel_id, after_id)
        if channel is None or channel.channel_id is None or channel.status is not ChannelStatus.READY:
            return
        if not await page.each(partial(self._look, channel, channel.channel_id)):
            return
        if page.last is None:
            try:
                await self._count(channel, channel.channel_id, look_at_guests=not is_listed)
            except Permanent as error:
                log.error("a shared chat could not be looked into", channel=str(channel.id), reason=str(error))
        else:
            async with self.units() as uow:
                next_job = jobs.LookInside(channel_id=channel_id, after=page.last)
                await uow.enqueue(next_job.keyed_job(f"{channel_id}:{next_job.after}"))
                await uow.commit()

    async def of_customer(self, channel_id: ChannelId, customer_id: CustomerId) -> None:
        """Check one customer in one chat. Raises RetryLater."""
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id)
            access = await uow.accesses.find(customer_id, channel_id)
            customer = await uow.customers.get(customer_id)
        if channel is None or channel.channel_id is None or access is None or customer is None or customer.is_forgotten:
            return
        try:
            await self._look(channel, channel.channel_id, access, customer)
        except Permanent as error:
            log.error("a shared chat could not be looked into", channel=str(channel.id), reason=str(error))

    async def _look(self, channel: Channel, chat: ChatId, access: Access, customer: Customer) -> None:
        began, person = self.clock.now(), customer.telegram_id
        presence = await self.chat_membership.presence(chat, person)
        is_inside = presence is Presence.INSIDE
        is_gone = not is_inside and access.status is AccessStatus.ACTIVE and _was_inside(access, began)
        is_held = presence is Presence.BANNED and access.status in WAITS_FOR_LINK | {AccessStatus.LEFT}
        is_free = presence is Presence.OUTSIDE and access.status is AccessStatus.BANNED
        if (is_inside and access.status is not AccessStatus.ACTIVE) or is_gone or is_held or is_free:
            log.info("moved unheard", channel=str(channel.id), access=str(access.id), presence=presence.name)
            await self.join_desk.record_presence(chat, person, presence)
        elif not is_inside and access.status in WAITS_FOR_LINK:
            await self.join_desk.admit_unreported(chat, person, self.chat_membership)

    async def _count(self, channel: Channel, chat: ChatId, *, look_at_guests: bool) -> None:
        """Count the members whom Umbral cannot identify, and check whether one page of the known guests are still
        members. The next count checks the next page.
        """
        async with self.units() as uow:
            bots = [TelegramId(bot.telegram_id) for bot in await uow.accounts.bots()]
            guests = await uow.resources.guests(channel.id, PAGE) if look_at_guests else ()
        member_count = await self.chat_membership.member_count(chat, bots)
        for person in guests:
            is_guest = person not in member_count.staff and await self.chat_membership.is_inside(chat, person)
            await (self.join_desk.record_entry if is_guest else self.join_desk.record_exit)(chat, person)
        async with self.units() as uow:
            named_ids = await uow.resources.named_inside(channel.id) | member_count.staff
            await uow.resources.count_chat(chat, max(member_count.count - len(named_ids), 0), self.clock.now())
            await uow.commit()


def _was_inside(access: Access, at: datetime) -> bool:
    """Return True if the customer had joined before the time `at`, when the check began."""
    return access.joined_at is not None and access.joined_at < at
