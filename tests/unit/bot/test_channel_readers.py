"""Check that posts of a channel reach every feature that reads the channel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiogram import Bot, Dispatcher
from aiogram.types import Chat, Message, Update

from bot.routers.channels import channels_router
from subscriptions.domain.ids import ChatId

CHANNEL = -1001234567890


@dataclass
class Reader:
    """Reader of one channel. fails: True to raise an error for each post."""

    fails: bool = False
    seen: list[str] = field(default_factory=list)

    @property
    def chats(self) -> Collection[int]:
        return {CHANNEL}

    async def take_post(self, message: Message) -> None:
        if self.fails:
            raise ZeroDivisionError
        self.seen.append(message.text or "")

    async def take_edit(self, message: Message) -> None:
        await self.take_post(message)

    async def note_standing(self, chat: ChatId, title: str, *, sees: bool) -> None: ...

    async def look(self, bot: Bot) -> None: ...


@pytest.mark.parametrize("kind", ["channel_post", "edited_channel_post"])
async def test_failure_of_one_channel_post_reader_does_not_block_other_readers(kind: str) -> None:
    readers = [Reader(fails=True), Reader()]
    dispatcher = Dispatcher(channel_readers=readers)
    dispatcher.include_router(channels_router())
    chat = Chat(id=CHANNEL, type="channel", title="Picks")
    post = Message(message_id=1, date=datetime.now(UTC), chat=chat, text="Gana el Betis", edit_date=1)

    with pytest.raises(ZeroDivisionError):
        await dispatcher.feed_update(Bot("123456:" + "a" * 35), Update(update_id=1, **{kind: post}))

    assert readers[1].seen == ["Gana el Betis"]
