"""That somebody opened a button of a broadcast that leads to the bot."""

from dataclasses import dataclass

from subscriptions.domain.ids import BroadcastId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.broadcasts import BROADCASTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class NoteOpening:
    """Counts each person once for each broadcast that was sent to them, and nobody else."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, telegram_id: TelegramId, broadcast_id: BroadcastId) -> None:
        """Whoever opens it again, or has the link from somebody else, changes nothing."""
        async with self.units() as uow:
            if await uow.of(BROADCASTS_KEY).note_opening(broadcast_id, telegram_id, self.clock.now()):
                await uow.commit()
