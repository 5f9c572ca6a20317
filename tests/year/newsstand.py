"""Telegram in memory for the bots that send tips, with a record of the channel and time of each delivered tip."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import DeleteMessage, EditMessageText, SendMessage, TelegramMethod
from aiogram.types import Chat, Message

from tests.fakes.provisioner import MadeChannel, MemoryTelegram
from tests.year.bot_api import BROKEN, REFUSED, BotApi, Fault
from tests.year.chance import Stream
from tests.year.journal import Journal

TOKEN: Final = "700000002:year-of-the-sender-without-secrets"
DELETABLE: Final = timedelta(hours=48)
"""Period in which a bot may delete its own post (deleteMessage of the Bot API)."""
FIRST: Final = 1_000_000
"""First message number. The numbers of other posts in a channel are smaller."""
REMINDER: Final = "⏰"
"""Prefix of a reminder's text."""
_NAME: Final = re.compile(r"Partido (\d+)")


def number_of(text: str) -> int:
    """Return the number of the tip in a text. Raises ValueError if the text contains no tip's number."""
    match = _NAME.search(text)
    if match is None:
        raise ValueError(text)
    return int(match[1])


@dataclass(frozen=True)
class Arrival:
    """Delivery of a copy of a tip to a chat."""

    tip: int
    chat: int
    at: datetime


@dataclass(frozen=True)
class Reminder(Arrival):
    """Delivery of a reminder. answers: the tip whose copy the reminder replies to, or None if no such copy exists."""

    answers: int | None


@dataclass
class Copy:
    """Delivered message and its channel."""

    number: int
    channel: MadeChannel = field(repr=False)
    posted_at: datetime

    @property
    def text(self) -> str | None:
        """Return the current text, or None if the message was deleted."""
        return self.channel.posts.get(self.number)


class Newsstand(BotApi):
    """Session for the real sender bots.

    arrivals: all deliveries of tips.
    copies: messages by number.
    silent: time until which a tip is not delivered, by tip.
    doubled: tips and chats with a lost response, whose copy the product does not know.
    reminders, mute, repeated: like `arrivals`, `silent` and `doubled`, but for reminders of tips.
    """

    def __init__(
        self,
        telegram: MemoryTelegram,
        journal: Journal,
        fault: Callable[[str, int], Fault | None],
        chance: Stream,
    ) -> None:
        super().__init__(telegram, journal, fault)
        self._chance = chance
        self.silent: dict[int, datetime] = {}
        self.arrivals: list[Arrival] = []
        self.copies: dict[int, Copy] = {}
        self._of_tips: dict[int, list[Copy]] = defaultdict(list)
        self.doubled: set[tuple[int, int]] = set()
        self.reminders: list[Reminder] = []
        self.mute: dict[int, datetime] = {}
        self.repeated: set[tuple[int, int]] = set()

    def sender(self) -> Bot:
        """Return the sender bot."""
        return Bot(TOKEN, session=self)

    def of_tip(self, tip: int) -> Sequence[Copy]:
        """Return the existing copies of a tip."""
        return [copy for copy in self._of_tips[tip] if copy.text is not None]

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], *more: Any, **named: Any) -> Any:
        """Execute a call as the base class does, and record lost responses of posts."""
        before, reminded = len(self.arrivals), len(self.reminders)
        try:
            return await super().make_request(bot, method, *more, **named)
        except Exception:
            self.doubled |= {(each.tip, each.chat) for each in self.arrivals[before:]}
            self.repeated |= {(each.tip, each.chat) for each in self.reminders[reminded:]}
            raise

    def _drawn_fault(self, method: TelegramMethod[Any]) -> Fault | None:
        if isinstance(method, SendMessage):
            until = (self.mute if method.text.startswith(REMINDER) else self.silent).get(number_of(method.text))
            if until is not None and self._now() < until:
                broken = self._chance.happens(0.1)
                return Fault(BROKEN) if broken else Fault(REFUSED, self._chance.randint(600, 3000))
        return super()._drawn_fault(method)

    def _carry_out(self, method: TelegramMethod[Any]) -> Any:
        match method:
            case SendMessage():
                return self._post(method)
            case EditMessageText():
                return self._edit(method)
            case DeleteMessage():
                return self._delete(method)
        raise LookupError(type(method).__name__)

    def _post(self, method: SendMessage) -> Message:
        channel = next((each for each in self.telegram.channels if each.chat_id == method.chat_id), None)
        if channel is None:
            raise TelegramBadRequest(method=method, message="Bad Request: chat not found")
        self.sent += 1
        copy, tip = Copy(FIRST + self.sent, channel, self._now()), number_of(method.text)
        channel.posts[copy.number] = method.text
        self.copies[copy.number] = copy
        if is_reminder := method.text.startswith(REMINDER):
            answered = self.copies.get(method.reply_parameters.message_id) if method.reply_parameters else None
            answers = number_of(answered.text) if answered is not None and answered.text is not None else None
            self.reminders.append(Reminder(tip, channel.chat_id, copy.posted_at, answers))
        else:
            self._of_tips[tip].append(copy)
            self.arrivals.append(Arrival(tip, channel.chat_id, copy.posted_at))
        self._journal.log(
            "reminder" if is_reminder else "copy", channel.chat_id, copy.number, method.text.splitlines()[0]
        )
        return self._message(copy)

    def _edit(self, method: EditMessageText) -> Message:
        copy = self._copy(method, "edit")
        if copy.text == method.text:
            raise TelegramBadRequest(method=method, message="Bad Request: message is not modified")
        copy.channel.posts[copy.number] = method.text
        return self._message(copy)

    def _delete(self, method: DeleteMessage) -> bool:
        copy = self._copy(method, "delete")
        if self._now() - copy.posted_at > DELETABLE:
            raise TelegramBadRequest(method=method, message="Bad Request: message can't be deleted for everyone")
        del copy.channel.posts[copy.number]
        return True

    def _copy(self, method: EditMessageText | DeleteMessage, verb: str) -> Copy:
        copy = self.copies.get(int(method.message_id or 0))
        if copy is None or copy.text is None or copy.channel.chat_id != method.chat_id:
            raise TelegramBadRequest(method=method, message=f"Bad Request: message to {verb} not found")
        return copy

    def _message(self, copy: Copy) -> Message:
        chat = Chat(id=copy.channel.chat_id, type="channel")
        return Message(message_id=copy.number, date=self._now(), chat=chat)
