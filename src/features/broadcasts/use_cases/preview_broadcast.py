"""Preview of a broadcast, sent to one staff member."""

from dataclasses import dataclass

from features.broadcasts.domain import BroadcastId
from features.broadcasts.permissions import BROADCAST
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.see_broadcasts import UnknownBroadcast
from subscriptions.application.people.staff_desk import StaffDesk, with_permission
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.people_sender import PeopleSender
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class PreviewBroadcast:
    """Use case that sends a broadcast to the staff member who requests a preview, exactly as recipients would see
    it.
    """

    units: UnitOfWorkFactory
    sender: PeopleSender
    staff_desk: StaffDesk

    @with_permission(BROADCAST)
    async def __call__(self, actor: TelegramId, broadcast_id: BroadcastId) -> None:
        """Send the preview. Raises NotAllowed without the permission, UnknownBroadcast for an unknown id, and Permanent
        if Telegram would refuse the message for every recipient.
        """
        async with self.units() as uow:
            broadcast = await uow.of(BROADCASTS_KEY).get(broadcast_id)
        if broadcast is None:
            raise UnknownBroadcast(str(broadcast_id))
        await self.sender.send(actor, broadcast.content)
