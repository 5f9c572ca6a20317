"""Simulated people without access to a channel, who use a leaked link or are added manually."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from subscriptions.domain.ids import TelegramId
from tests.fakes.provisioner import MadeChannel
from tests.year.promises import Broken
from tests.year.surroundings import Surroundings

FIRST_STRANGER = 850_000_001
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass
class Strangers:
    """Repeated attempts of unauthorized people to join. every: average interval."""

    around: Surroundings
    every: timedelta
    number: int = FIRST_STRANGER

    def begin(self) -> None:
        """Plan the next attempt."""
        wait = self.around.chance.wait(self.every / 2, self.every * 3 / 2)
        self.around.agenda.after(wait, self._come)

    async def _come(self) -> None:
        self.begin()
        self.number += 1
        person, telegram = TelegramId(self.number), self.around.api.telegram
        if telegram.channels and self.around.chance.happens(0.3):
            await self._appear(self.around.chance.choice(telegram.channels), person)

    async def use(self, url: str) -> None:
        """Use a link that was created for a customer."""
        self.number += 1
        telegram = self.around.api.telegram
        for channel in telegram.channels:
            if any(link.url == url for link in telegram.live_links(channel)):
                await self._ask(channel, TelegramId(self.number))

    async def _ask(self, channel: MadeChannel, person: TelegramId) -> None:
        self.around.journal.log("a stranger asks to join", person, channel.chat_id)
        channel.waiting.add(person)
        await self.around.knock(channel.chat_id, person)
        self.around.agenda.after(MINUTE, partial(self._look, channel, person))

    async def _look(self, channel: MadeChannel, person: TelegramId) -> None:
        if person in channel.members:
            raise Broken("only the payer gets in", [person, channel], None)

    async def _appear(self, channel: MadeChannel, person: TelegramId) -> None:
        self.around.journal.log("a stranger is added", person, channel.chat_id)
        channel.members.add(person)
        await self.around.came_in(channel.chat_id, person)
