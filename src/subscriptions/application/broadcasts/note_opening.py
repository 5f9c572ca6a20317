"""That somebody opened a button of a broadcast that leads to the bot."""

from subscriptions.domain.ids import BroadcastId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class NoteOpening:
    """Counts each person once for each broadcast that was sent to them, and nobody else."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def __call__(self, telegram_id: TelegramId, broadcast_id: BroadcastId) -> None:
        """Whoever opens it again, or has the link from somebody else, changes nothing."""
        async with self._units() as uow:
            if await uow.broadcasts.note_opening(broadcast_id, telegram_id, self._clock.now()):
                await uow.commit()
