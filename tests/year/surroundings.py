"""Environment shared by all simulated people, which executes their join requests and entries."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from subscriptions.domain.errors import Ambiguous, RetryLater, UmbralError
from subscriptions.domain.ids import ChatId, TelegramId
from tests.fakes.clock import ManualClock
from tests.year.agenda import Act, Agenda
from tests.year.bot_api import BotApi
from tests.year.chance import Stream
from tests.year.house import House
from tests.year.journal import Journal
from tests.year.provider import YearProvider
from tests.year.shared_chats import SHARED

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
UPDATES_LOST = 0.1
"""Share of Telegram's updates that never arrive."""


@dataclass
class Surroundings:
    """Environment of the people. brisk: True if many events occur in a short time. daily: True if all customers pay
    daily. partners: partners whose links people open.
    """

    house: House
    provider: YearProvider
    api: BotApi
    agenda: Agenda
    clock: ManualClock
    journal: Journal
    chance: Stream
    brisk: bool
    daily: bool
    partners: Any = None

    async def knock(self, chat: ChatId, person: TelegramId) -> None:
        """Send a join request. Telegram may or may not notify the bot; the account's list shows the request some
        seconds later.
        """
        is_lost = self.chance.happens(UPDATES_LOST)
        if is_lost and self._is_bot_alone(chat):
            self._come_late(person, partial(self._answer, chat, person))
        elif is_lost:
            self.journal.log("update lost", person, person=person)
        else:
            await self._answer(chat, person)
        self.agenda.after(self.chance.wait(SECOND, 10 * SECOND), partial(self._answer_request, chat, person))

    def audit_members_soon(self) -> None:
        """Plan the hourly member audit of the accounts after an hour, because a recently audited channel is not due."""
        self.agenda.after(self.chance.wait(HOUR, HOUR + 5 * MINUTE), self.audit_members)

    async def audit_members(self) -> None:
        """Audit the members of all channels of all accounts."""
        count = self.house.userbot.audit_members()
        for account in self.house.accounts:
            try:
                while await count(account):
                    pass
            except UmbralError:
                # The channel that failed is due after the wait that Telegram asked for, or an hour later.
                self.agenda.after(self.chance.wait(MINUTE, 5 * MINUTE), self.audit_members)
                self.audit_members_soon()

    async def _answer(self, chat: ChatId, person: TelegramId) -> None:
        try:
            await self.house.core.join_desk().answer(chat, person, self.house.bot.chat_membership())
        except (RetryLater, Ambiguous) as error:
            wait = error.delay if isinstance(error, RetryLater) and error.delay else 5 * SECOND
            self.agenda.after(max(wait, SECOND), partial(self._answer, chat, person))

    async def _answer_request(self, chat: ChatId, person: TelegramId) -> None:
        """Run the accounts' checks of the join requests until the person is admitted, then notify the bot of the entry.
        Some of these notifications are lost.
        """
        channel = next((one for one in self.api.telegram.channels if one.chat_id == chat), None)
        if channel is not None and person in channel.waiting:
            await self._scan()
            self.agenda.after(60 * SECOND, partial(self._answer_request, chat, person))
        elif channel is not None and person in channel.members:
            # The accounts check regularly, whether anyone waits or not.
            await self._scan()
            await self.came_in(chat, person)

    async def came_in(self, chat: ChatId, person: TelegramId) -> None:
        """Notify the bot of an entry. Without the update, the member audit finds the person within the hour."""
        if self.chance.happens(UPDATES_LOST):
            if self._is_bot_alone(chat):
                self._come_late(person, partial(self._entered, chat, person))
                return
            self.journal.log("update lost", person, person=person)
            self.audit_members_soon()
            return
        await self._entered(chat, person)

    async def _entered(self, chat: ChatId, person: TelegramId) -> None:
        try:
            await self.house.core.join_desk().record_entry(chat, person)
        except UmbralError:
            self.agenda.after(60 * SECOND, partial(self.came_in, chat, person))

    def _is_bot_alone(self, chat: ChatId) -> bool:
        """Return True if no account sees the chat's requests and members. The bot is notified eventually, because
        Telegram stores undelivered updates for a day.
        """
        return chat in SHARED and not SHARED[chat].listed

    def _come_late(self, person: TelegramId, act: Act) -> None:
        self.journal.log("update late", person, person=person)
        self.agenda.after(self.chance.wait(SECOND, HOUR / 2), act)

    async def _scan(self) -> None:
        for account in self.house.accounts:
            # Accounts out of reach are checked again in a minute.
            with suppress(UmbralError):
                await self.house.userbot.scan_join_requests()(account)
