"""Quiet hours, in which non-urgent messages are sent silently; all other messages have a sound."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.types import Chat, InlineKeyboardMarkup, MessageId
from aiogram.types import Message as Sent

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.notification import Message, MessageKind, Notification
from subscriptions.domain.entities.post import PostContent, PostSource
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.services.quiet_hours import QuietHours
from subscriptions.infrastructure.telegram.bot_client import Bots
from subscriptions.infrastructure.telegram.notifier import TelegramNotifier
from subscriptions.infrastructure.telegram.people_sender import PacedSender
from subscriptions.infrastructure.telegram.post_sender import SenderBots
from tests.fakes import samples
from tests.support.stars import TOKEN

CHAT, PERSON = ChatId(-1001), TelegramId(5)
POLICY = Policy(brand="Umbral", base_url="https://example.com", quiet_hours=QuietHours.parse("23:00-08:00"))
NIGHT, DAY = datetime(2026, 3, 1, 22, 30, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC)
"""Times of 23:30 and 13:00 in Madrid."""


class Telegram(BaseSession):
    """Session that records whether each message was silent."""

    def __init__(self) -> None:
        super().__init__()
        self.silent: list[bool] = []

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], *rest: Any, **more: Any) -> Any:
        self.silent.append(bool(vars(method)["disable_notification"]))
        if method.__api_method__ == "copyMessage":
            return MessageId(message_id=1)
        if method.__api_method__ == "copyMessages":
            return [MessageId(message_id=1), MessageId(message_id=2)]
        return Sent(message_id=1, date=NIGHT, chat=Chat(id=1, type="private"))

    async def stream_content(self, *args: Any, **more: Any) -> AsyncGenerator[bytes, None]:
        yield b""

    async def close(self) -> None:
        """Do nothing, because no connection is open."""


@dataclass(frozen=True)
class Screen:
    """Text and buttons of a rendered message."""

    attached = None

    text: str = "Hola"
    markup: InlineKeyboardMarkup | None = None


class Sending:
    """All components that send messages, run at one time of day."""

    def __init__(self, now: datetime) -> None:
        self.telegram = Telegram()
        self.bots = bots = Bots(TOKEN, [TOKEN.replace(":", "1:")], "http://127.0.0.1:1")
        for bot in (bots.subscription, *bots.senders):
            bot.session = self.telegram

        def quiet() -> bool:
            return POLICY.is_quiet(now)

        self.quiet = quiet
        self.picks, self.people = SenderBots(bots, quiet), PacedSender(bots, quiet)
        self.notifier = TelegramNotifier(bots, lambda message, language, zone=None: Screen(), quiet)

    async def everything(self) -> list[bool]:
        for content in (
            PostContent(text="Uno"),
            PostContent(text="Uno", photo_url="https://example.com/1.jpg"),
            PostContent(text="", source=PostSource(CHAT, (1,))),
            PostContent(text="", source=PostSource(CHAT, (1, 2))),
        ):
            await self.picks.post(CHAT, content, 1)
        await self.people.send(PERSON, PostContent(text="Uno"))
        return self.telegram.silent

    async def is_silent(self, notified: str, *, waits: bool = False) -> bool:
        class Sample(Message):
            kind = notified
            can_wait = waits

        await self.notifier.send(Notification.owe(Sample(), "k", PERSON, "es", samples.NOON), Sample())
        return self.telegram.silent[-1]


@pytest.mark.parametrize(("now", "silent"), [(NIGHT, True), (DAY, False)])
async def test_posts_and_broadcasts_are_silent_in_quiet_hours(now: datetime, silent: bool) -> None:
    assert await Sending(now).everything() == [silent] * 5


@pytest.mark.parametrize(
    ("kind", "silent"),
    [
        (MessageKind.RENEWED, True),
        (MessageKind.INVITE_READY, False),
        ("kind_of_a_feature", False),
        (MessageKind.ALARM, False),
    ],
)
async def test_only_non_urgent_messages_are_silent_in_quiet_hours(kind: str, silent: bool) -> None:
    assert await Sending(NIGHT).is_silent(kind) is silent
    assert not await Sending(DAY).is_silent(kind)


async def test_message_declared_as_non_urgent_by_a_feature_is_silent_in_quiet_hours() -> None:
    assert await Sending(NIGHT).is_silent("kind_of_a_feature", waits=True)
    assert not await Sending(DAY).is_silent("kind_of_a_feature", waits=True)


def test_no_message_is_silent_without_quiet_hours() -> None:
    assert not Policy(brand="Umbral", base_url="https://example.com").is_quiet(NIGHT)
