"""Drafts made from messages that staff members wrote or forwarded to the bot."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from features.broadcasts.domain import Broadcast, BroadcastId
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.see_broadcasts import UnknownBroadcast
from subscriptions.application.people.staff_desk import StaffDesk, with_permission
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

ALBUM_COMES_IN: Final = timedelta(seconds=3)
"""Time within which all messages of an album arrive. Telegram delivers them one by one."""


@dataclass(frozen=True)
class TakeMessage:
    """Use case that drafts a broadcast from a message in the bot's chat. The broadcast sends copies of that message,
    with its media and formatting unchanged.
    """

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk

    @with_permission(BROADCAST)
    async def draft(self, actor: TelegramId, key: str, content: PostContent) -> tuple[Broadcast, bool]:
        """Return the draft that contains the message, and whether the message created the draft. A further message of
        an album is added to the draft of the album. Raises NotAllowed without the permission.
        """
        async with self.units() as uow:
            fresh = Broadcast.draft(key, actor, content, self.clock.now())
            if await uow.of(BROADCASTS_KEY).add_if_new(fresh):
                await uow.commit()
                return fresh, True
            broadcast = await uow.of(BROADCASTS_KEY).by_key(key, lock=True)
            if broadcast is None:
                raise UnknownBroadcast(key)
            if broadcast.add(content):
                await uow.of(BROADCASTS_KEY).save(broadcast)
                await uow.commit()
            return broadcast, False

    async def shown_in(self, broadcast_id: BroadcastId, card: int) -> None:
        """Store the id of the message that shows the broadcast's progress."""
        async with self.units() as uow:
            broadcast = await uow.of(BROADCASTS_KEY).get(broadcast_id, lock=True)
            if broadcast is None:
                raise UnknownBroadcast(str(broadcast_id))
            broadcast.card = card
            await uow.of(BROADCASTS_KEY).save(broadcast)
            await uow.commit()
