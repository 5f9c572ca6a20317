"""Check that the current bot can send the files that plans include."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByPerson
from subscriptions.application.alarms.alarms import raise_once
from subscriptions.domain.entities.variable import number
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

BOT_ID: Final = number("subscription_bot_id")
"""Variable with the id of the subscription bot that was last in use."""


class FilesOfOtherBot(AlarmKind):
    """Alarm: the bot was replaced, and plans include files that only the earlier bot can send."""

    name = "files_of_other_bot"
    closes = ByPerson("whether each file was sent to the new bot is not recorded")
    titles: str


@dataclass(frozen=True)
class WatchFiles:
    """Use case that alerts the owners once after the bot was replaced."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, bot_id: int) -> None:
        """Compare the current bot with the last known bot, and alert the owners if files must be sent to the current
        bot again. `bot_id`: Telegram id of the current subscription bot. Idempotent.
        """
        async with self.units() as uow:
            former = await uow.variables.get(BOT_ID)
            if former == bot_id:
                return
            await uow.variables.set(BOT_ID, bot_id)
            if former is not None:
                await self._tell(uow, bot_id, self.clock.now())
            await uow.commit()

    async def _tell(self, uow: UnitOfWork, bot_id: int, now: datetime) -> None:
        contents = [(each, await uow.resources.content(each.id)) for each in await uow.resources.all()]
        titles = [each.title for each, content in contents if content is not None and content.is_file]
        if titles:
            alarm = FilesOfOtherBot(titles=", ".join(titles))
            await raise_once(uow, alarm.raise_event(f"{alarm.name}:{bot_id}", now), now)
