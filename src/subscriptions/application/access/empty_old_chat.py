"""Removal of customers from a chat that was replaced by another one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from subscriptions.application.access.customers_of_chat import customers_of_chat
from subscriptions.application.access.remove_person import RemovePerson
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.variable import moment
from subscriptions.domain.ids import AccessId, ChannelId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

EMPTIED_AT: Final = moment("old_chat_emptied")
"""Stored time at which customers are removed from a replaced chat, keyed by channel id. Jobs that run earlier do
nothing.
"""
NEVER: Final = datetime.max.replace(tzinfo=UTC)
"""Value of `EMPTIED_AT` once the operator has canceled the removal of customers from a replaced chat."""


@dataclass(frozen=True)
class EmptyOldChat:
    """Use case that removes the customers who had access to a replaced chat and are still in it. Staff, bots, userbot
    accounts, administrators of the chat, and people who never had access stay.
    """

    units: UnitOfWorkFactory
    remove_person: RemovePerson
    clock: Clock

    async def __call__(self, channel_id: ChannelId, after_id: AccessId | None = None) -> None:
        """Remove one page of customers, in order of their access ids, and queue the next page. Raises RetryLater.

        Does nothing unless the channel is marked as deleted, before the time to which the operator postponed the
        removal, and in a chat in which the bot can no longer act.
        """
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id)
            if channel is None or channel.status is not ChannelStatus.DELETED:
                return
            emptied_at = await uow.variables.get(EMPTIED_AT.for_subject(channel_id))
            if emptied_at is not None and self.clock.now() < emptied_at:
                return
            page = await customers_of_chat(uow, channel_id, after_id)

        async def remove(_: Access, customer: Customer) -> None:
            await self.remove_person.from_old_chat(channel_id, customer.telegram_id)

        if not await page.each(remove):
            log.warning("an old chat is not emptied", channel=str(channel_id))
            return
        if page.last is not None:
            async with self.units() as uow:
                job = jobs.EmptyOldChat(channel_id=channel_id, after=page.last)
                await uow.enqueue(job.keyed_job(f"empty:{channel_id}:{job.after}"))
                await uow.commit()
