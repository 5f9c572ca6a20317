"""Fake of the Bot API in memory with the methods that the product uses: a session for the real aiogram bot."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.base import BaseSession
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import SendMessage, TelegramMethod
from aiogram.types import Chat, Message

from subscriptions.infrastructure.telegram.pacing import Pace
from tests.fakes.provisioner import MemoryTelegram
from tests.year.chat_members import ChatMembers
from tests.year.journal import Journal

BOT_TOKEN = "700000001:year-of-the-bot-without-secrets"
BOT_ID = 700_000_001
PUBLIC_CHAT = -1_001_234_567_890
"""Id used for all channels addressed by their public name."""

REFUSED, BROKEN, LOST, IDLE = "asked to wait", "failed", "answer lost", "said done, and was not"
"""Faults of a call: refused and not executed · failed and not executed · executed, with the response lost · reported as
executed but not executed.
"""


@dataclass(frozen=True)
class Fault:
    """Fault of one call. wait: seconds that Telegram asks the bot to wait, if the call is refused."""

    kind: str
    wait: int = 3


def unhurried() -> Pace:
    """Return a pace whose clock advances by a minute at each reading, so that no test waits in real time."""
    return Pace(clock=count(step=60.0).__next__)


@dataclass
class Subscribers:
    """Replacement of the product's class `Bots`, with the methods that the product uses.

    subscription, senders: real bots over sessions in memory.
    """

    subscription: Bot
    senders: tuple[Bot, ...] = ()
    pace: Pace = field(default_factory=unhurried)


class BotApi(BaseSession):
    """Bot session whose calls to Telegram are executed in memory. fault: function that returns the fault of a call, by
    method and person.

    doors: executor of the calls about channels. sent: number of delivered messages. blocked: people who blocked the
    bot.

    walked_out: channels and people who left them voluntarily. said: callback for each sent message and its recipient.
    """

    def __init__(self, telegram: MemoryTelegram, journal: Journal, fault: Callable[[str, int], Fault | None]) -> None:
        super().__init__()
        self.telegram = telegram
        self._journal = journal
        self._fault = fault
        self.blocked: set[int] = set()
        self.walked_out: set[tuple[int, int]] = set()
        self.chat_members = ChatMembers(telegram, journal, BOT_ID)
        self.sent = 0
        self.public: list[tuple[datetime, str]] = []
        self.said: Callable[[int, str], None] = lambda person, text: None

    def bots(self, *senders: Bot) -> Subscribers:
        """Return the operator's bots."""
        bot = Bot(BOT_TOKEN, session=self, default=DefaultBotProperties(parse_mode=ParseMode.HTML))
        return Subscribers(bot, senders)

    async def close(self) -> None:
        """Do nothing, because no connection is open."""

    async def stream_content(self, url: str, *more: Any, **named: Any) -> AsyncGenerator[bytes, None]:
        """Raise FileNotFoundError, because there are no files."""
        raise FileNotFoundError(url)
        yield b""

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], *more: Any, **named: Any) -> Any:
        """Execute a call, or apply its fault."""
        name, person = type(method).__name__, _person(method)
        fault = self._drawn_fault(method)
        kind = None if fault is None else fault.kind
        if fault is not None:
            self._journal.log("bot api", name, kind, person=person)
        if fault is not None and kind == REFUSED:
            raise TelegramRetryAfter(method=method, message="Too Many Requests", retry_after=fault.wait)
        if kind == BROKEN:
            raise TelegramServerError(method=method, message="Internal Server Error")
        answer = True if kind == IDLE else self._carry_out(method)
        if kind == LOST:
            self.chat_members.answer_lost(answer)
            raise TelegramNetworkError(method=method, message="the answer got lost")
        return answer

    def _drawn_fault(self, method: TelegramMethod[Any]) -> Fault | None:
        return self._fault(type(method).__name__, _person(method))

    def _carry_out(self, method: TelegramMethod[Any]) -> Any:
        if isinstance(method, SendMessage) and isinstance(method.chat_id, str):
            return self._say_publicly(method)
        if isinstance(method, SendMessage):
            return self._send(method)
        return self.chat_members.carry_out(method)

    def _send(self, method: SendMessage) -> Message:
        person = int(method.chat_id)
        if person in self.blocked:
            raise TelegramForbiddenError(method=method, message="Forbidden: bot was blocked by the user")
        self.sent += 1
        self.said(person, method.text)
        self._journal.log("message", self.sent, method.text.splitlines()[0], person=person)
        return Message(message_id=self.sent, date=self._now(), chat=Chat(id=person, type="private"))

    def _say_publicly(self, method: SendMessage) -> Message:
        self.sent += 1
        self.public.append((self._now(), method.text))
        self._journal.log("public post", self.sent, method.text.splitlines()[0])
        return Message(message_id=self.sent, date=self._now(), chat=Chat(id=PUBLIC_CHAT, type="channel"))

    def _now(self) -> datetime:
        return self.telegram.clock.now()


def _person(method: TelegramMethod[Any]) -> int:
    found: Any = getattr(method, "user_id", None) or getattr(method, "chat_id", 0)
    return PUBLIC_CHAT if isinstance(found, str) else int(found)
