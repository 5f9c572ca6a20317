"""A broadcast as everybody would see it, shown to one of the operator's people alone."""

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
    """Sends it to whoever asks, the way it is sent to all."""

    units: UnitOfWorkFactory
    sender: BroadcastSender
    staff_desk: StaffDesk

    @with_permission(StaffAction.BROADCAST)
    async def __call__(self, actor: TelegramId, broadcast_id: BroadcastId) -> None:
        """Raises NotAllowed, UnknownBroadcast; Permanent where Telegram would refuse it to everybody."""
        async with self.units() as uow:
            broadcast = await uow.of(BROADCASTS_KEY).get(broadcast_id)
        if broadcast is None:
            raise UnknownBroadcast(str(broadcast_id))
        await self.sender.send(actor, broadcast.content)
