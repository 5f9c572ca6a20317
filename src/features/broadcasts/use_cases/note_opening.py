"""Count of the customers who pressed a broadcast's button that leads to the bot."""

from dataclasses import dataclass
from uuid import UUID

from features.broadcasts.domain import BroadcastId
from features.broadcasts.ports import BROADCASTS_KEY
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class NoteOpening:
    """Use case that counts the recipients who press a broadcast's button that leads to the bot, each recipient once per
    broadcast. Presses by other people have no effect.
    """

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, telegram_id: TelegramId, post: UUID) -> None:
        """Count a recipient who opened the bot by a broadcast's button, once per broadcast. Ignore people who are not
        recipients, for example those who opened a forwarded link.
        """
        async with self.units() as uow:
            if await uow.of(BROADCASTS_KEY).note_opening(BroadcastId(post), telegram_id, self.clock.now()):
                await uow.commit()
