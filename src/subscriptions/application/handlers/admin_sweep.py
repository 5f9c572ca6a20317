"""What concerns the shared channel, for whoever of staff may look: who would be removed now, which channel it is."""

from collections.abc import Sequence

from subscriptions.application.handlers.sweep_by_hand import Preview, PreviewSweep
from subscriptions.application.services.staff_desk import StaffDesk
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.sweep import Sweep, SweepStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class SeeSweep:
    """The preview, and the questions that wait for an owner."""

    def __init__(self, units: UnitOfWorkFactory, preview: PreviewSweep, desk: StaffDesk) -> None:
        self._units = units
        self._preview = preview
        self._desk = desk

    async def __call__(self, actor: TelegramId) -> tuple[Preview, Sequence[Sweep]]:
        """Asks the providers, changes nothing. Raises NotAllowed."""
        async with self._units() as uow:
            await self._desk.require(uow, actor, StaffAction.SEE_SWEEP)
            asking = await uow.sweeps.with_status(SweepStatus.ASKING)
        return await self._preview(), asking


class SeeVipChannel:
    """The VIP channel as it is set up."""

    def __init__(self, units: UnitOfWorkFactory, desk: StaffDesk) -> None:
        self._units = units
        self._desk = desk

    async def __call__(self, actor: TelegramId) -> Channel | None:
        """None: none is. Raises NotAllowed."""
        async with self._units() as uow:
            await self._desk.require(uow, actor, StaffAction.SET_UP_CHANNEL)
            return await uow.vip.channel()
