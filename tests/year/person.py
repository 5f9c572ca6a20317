"""A customer of the year: arrives, pays, joins, renews or not, leaves, comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from subscriptions.application.handlers.customers import Person as Writer
from subscriptions.application.handlers.start_checkout import AlreadySubscribed
from subscriptions.application.handlers.subscription_handler import CannotUndo, NothingToCancel
from subscriptions.domain.entities import notification as kinds
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId, TelegramId
from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MadeChannel
from tests.year.agenda import Act, Agenda
from tests.year.bot_api import BotApi
from tests.year.chance import Stream
from tests.year.house import House
from tests.year.journal import Journal
from tests.year.provider import YearProvider

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Surroundings:
    """What every person has to do with."""

    house: House
    provider: YearProvider
    api: BotApi
    agenda: Agenda
    clock: ManualClock
    journal: Journal
    plans: Sequence[str]


class Person:
    """One of the forty. number: their Telegram id."""

    def __init__(self, number: int, around: Surroundings, chance: Stream) -> None:
        self.number = TelegramId(number)
        self._around = around
        self._chance = chance
        self._language = "en" if chance.happens(0.3) else "es"

    def arrive(self, within: timedelta) -> None:
        """Plan the first visit."""
        self._around.agenda.after(self._chance.wait(MINUTE, within), self._first_visit)

    def read(self, message: Notification) -> None:
        """Something came from the bot."""
        if message.kind == kinds.INVITE_READY:
            url = message.params["url"]
            self._later(MINUTE, 6 * HOUR, partial(self._ask_to_join, url))
        if message.kind == kinds.CANCELED and self._chance.happens(0.3):
            self._later(MINUTE, 2 * DAY, self._undo)
        if message.kind in {kinds.RENEWED, kinds.JOINED} and self._chance.happens(0.15):
            self._later(DAY, 20 * DAY, self._cancel)
        if message.kind in {kinds.EXPIRED, kinds.REFUNDED, kinds.DISPUTE_LOST} and self._chance.happens(0.6):
            self._later(DAY, 50 * DAY, partial(self._buy, self._plan()))

    async def _first_visit(self) -> None:
        house = self._around.house
        name = f"Ana {self.number % 1000}"
        self._tell("arrives", self._language)
        await house.core.meet_customer()(
            Writer(telegram_id=self.number, first_name=name, username=f"ana{self.number}", language_code=self._language)
        )
        await house.bot.accept_terms()(self.number)
        await self._buy(self._plan())

    async def _buy(self, plan: str) -> None:
        try:
            view = await self._around.house.bot.start_checkout()(self.number, plan)
        except AlreadySubscribed:
            return
        except RetryLater:
            self._later(MINUTE, HOUR, partial(self._buy, plan))
            return
        self._tell("opens a checkout", plan, view.reference)
        session = next(s.id for s in self._around.provider.sessions.values() if s.url == view.url)
        self._later(MINUTE, 10 * MINUTE, partial(self._pay, session))

    async def _pay(self, session: str) -> None:
        agreement = self._around.provider.checkout_paid(session)
        self._tell("pays", session, agreement.ref)

    async def _ask_to_join(self, url: str) -> None:
        channel = self._channel_of(url)
        if channel is None or self.number in channel.members:
            return
        self._tell("asks to join", channel.chat_id)
        channel.waiting.add(self.number)
        self._around.agenda.after(timedelta(seconds=1), partial(self._knock, channel.chat_id))

    async def _knock(self, chat: ChatId) -> None:
        """The bot is told of the request."""
        house = self._around.house
        await house.core.join_desk().answer(chat, self.number, house.bot.door())

    async def _cancel(self) -> None:
        try:
            await self._around.house.bot.cancel_subscription()(self.number)
        except NothingToCancel:
            return
        except RetryLater:
            self._later(MINUTE, HOUR, self._cancel)
            return
        self._tell("cancels")

    async def _undo(self) -> None:
        try:
            await self._around.house.bot.undo_cancellation()(self.number)
        except CannotUndo:
            return
        except RetryLater:
            self._later(MINUTE, HOUR, self._undo)
            return
        self._tell("takes it back")

    def _channel_of(self, url: str) -> MadeChannel | None:
        telegram = self._around.api.telegram
        for channel in telegram.channels:
            if any(link.url == url for link in telegram.live_links(channel)):
                return channel
        return None

    def _plan(self) -> str:
        return self._chance.choice(self._around.plans)

    def _later(self, least: timedelta, most: timedelta, act: Act) -> None:
        self._around.agenda.after(self._chance.wait(least, most), act)

    def _tell(self, what: str, *facts: object) -> None:
        self._around.journal.tell(what, f"{self.number}", *facts, person=self.number)
