"""Which channel is the shared one, for whoever of staff may know."""

from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class SeeVipChannel:
    """The VIP channel as it is set up."""

    def __init__(self, units: UnitOfWorkFactory, staff_desk: StaffDesk) -> None:
        self._units = units
        self._staff_desk = staff_desk

    async def __call__(self, actor: TelegramId) -> Channel | None:
        """None: none is. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.SET_UP_CHANNEL)
            return await uow.vip.channel()
