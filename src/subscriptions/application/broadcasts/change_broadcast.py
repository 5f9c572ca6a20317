"""A broadcast under way, or over: stopped, gone on with, edited, taken back."""

from collections.abc import Callable
from dataclasses import replace

from subscriptions.application.broadcasts.compose_broadcast import BroadcastChanged, UnknownBroadcast
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.broadcast import Broadcast
from subscriptions.domain.ids import BroadcastId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class ChangeBroadcast:
    """For managers and owners, and for programs that have shown a key. actor: None is such a program.

    All raise NotAllowed, UnknownBroadcast; InvalidInput where it cannot be done (any more).
    """

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk

    async def stop(self, actor: TelegramId | None, broadcast_id: BroadcastId) -> Broadcast:
        """Send no more of it; what has not begun is a draft again. What is in channels by now stays there."""
        return await self._change(actor, broadcast_id, "stopped", lambda known: known.stop())

    async def go_on(self, actor: TelegramId | None, broadcast_id: BroadcastId) -> Broadcast:
        """Send what is left. Nobody who has it gets it twice."""
        now = self._clock.now()
        return await self._change(actor, broadcast_id, "gone on with", lambda known: known.go_on(now))

    async def try_unknown(self, actor: TelegramId, broadcast_id: BroadcastId) -> Broadcast:
        """Send it once more to whom it may not have reached; who has it after all gets it twice."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.BROADCAST)
            await uow.broadcasts.try_again(broadcast_id)
            await uow.commit()
        return await self.go_on(actor, broadcast_id)

    async def edit(
        self,
        actor: TelegramId | None,
        broadcast_id: BroadcastId,
        text: str,
        entities: str | None = None,
        seal: str | None = None,
    ) -> Broadcast:
        """Another text, or caption, also where it was sent already. Raises BroadcastChanged where it has another seal
        than the one that was seen."""
        now = self._clock.now()

        def change(known: Broadcast) -> None:
            if seal not in (None, known.seal):
                raise BroadcastChanged(str(broadcast_id))
            known.edit(replace(known.content, text=text, entities=entities), now)

        return await self._change(actor, broadcast_id, "edited", change)

    async def withdraw(self, actor: TelegramId | None, broadcast_id: BroadcastId) -> Broadcast:
        """Delete it wherever it was sent; Telegram lets a bot do that for two days."""
        now = self._clock.now()
        return await self._change(actor, broadcast_id, "withdrawn", lambda known: known.withdraw(now))

    async def _change(
        self, actor: TelegramId | None, broadcast_id: BroadcastId, why: str, change: Callable[[Broadcast], object]
    ) -> Broadcast:
        async with self._units() as uow:
            if actor is not None:
                await self._staff_desk.require(uow, actor, StaffAction.BROADCAST)
            broadcast = await uow.broadcasts.get(broadcast_id, lock=True)
            if broadcast is None:
                raise UnknownBroadcast(str(broadcast_id))
            change(broadcast)
            await uow.broadcasts.save(broadcast)
            await self._note(uow, actor, broadcast, why)
            await uow.commit()
            return broadcast

    async def _note(self, uow: UnitOfWork, actor: TelegramId | None, broadcast: Broadcast, why: str) -> None:
        await uow.audit.record(
            actor=str(actor) if actor is not None else "operator",
            action=str(StaffAction.BROADCAST),
            subject=str(broadcast.id),
            why=why,
            at=self._clock.now(),
        )
