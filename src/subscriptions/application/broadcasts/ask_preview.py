"""A broadcast shown to one of the operator's people, asked for where there is no bot."""

from subscriptions.application.broadcasts.compose_broadcast import UnknownBroadcast
from subscriptions.application.dto.cast_jobs import CastPreview
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.ids import BroadcastId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class AskPreview:
    """Has the bot do what `PreviewBroadcast` does."""

    def __init__(self, units: UnitOfWorkFactory, staff_desk: StaffDesk) -> None:
        self._units = units
        self._staff_desk = staff_desk

    async def __call__(self, actor: TelegramId, broadcast_id: BroadcastId) -> None:
        """Asked twice before it went, it goes once. Raises NotAllowed, UnknownBroadcast."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.BROADCAST)
            if await uow.broadcasts.get(broadcast_id) is None:
                raise UnknownBroadcast(str(broadcast_id))
            cast_preview = CastPreview(broadcast_id=broadcast_id, person=actor)
            await uow.enqueue(cast_preview.once(f"show:{broadcast_id}:{actor}"))
            await uow.commit()
