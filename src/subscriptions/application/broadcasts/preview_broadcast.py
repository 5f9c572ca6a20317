"""Preview of a broadcast, sent to one staff member."""

from dataclasses import dataclass

from subscriptions.application.broadcasts.see_broadcasts import UnknownBroadcast
from subscriptions.application.people.staff_desk import StaffDesk, with_permission
from subscriptions.domain.ids import BroadcastId, TelegramId
from subscriptions.domain.ports.broadcast_sender import BroadcastSender
from subscriptions.domain.ports.repositories.broadcasts import BROADCASTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True)
class PreviewBroadcast:
    """Use case that sends a broadcast to the staff member who asks, exactly as recipients would see it."""

    units: UnitOfWorkFactory
    sender: BroadcastSender
    staff_desk: StaffDesk

    @with_permission(StaffAction.BROADCAST)
    async def __call__(self, actor: TelegramId, broadcast_id: BroadcastId) -> None:
        """Send the preview. Raises NotAllowed, UnknownBroadcast, and Permanent if Telegram would refuse it to every
        recipient.
        """
        async with self.units() as uow:
            broadcast = await uow.of(BROADCASTS_KEY).get(broadcast_id)
        if broadcast is None:
            raise UnknownBroadcast(str(broadcast_id))
        await self.sender.send(actor, broadcast.content)
