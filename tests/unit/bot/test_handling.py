"""Check that each update is handled and answered once, even if the database cannot record that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.types import Message

from bot.handling import HandleUpdates
from subscriptions.application.alarms.alarms import ReportProblem
from subscriptions.application.deliveries.mark_unreachable import MarkUnreachable
from subscriptions.application.inbox.bot_updates import WorkUpdates
from subscriptions.application.inbox.receive_chat_payment import ReceiveChatPayment
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.repositories.inbox import StoredUpdate
from tests.fakes.shop import Shop, memory_shop

BOT_ID, ANA = 1, 7


@dataclass
class FullDisk:
    """Store of one bot's updates in memory, whose first writes fail.

    refusals: number of writes that still fail.
    """

    updates: list[StoredUpdate]
    refusals: int = 0
    finished: list[int] = field(default_factory=list)

    async def open_in_chat(self, bot_id: int, chat_key: int, limit: int) -> Sequence[StoredUpdate]:
        return [each for each in self.updates if each.update_id not in self.finished][:limit]

    async def finish(self, bot_id: int, update_id: int, at: datetime, *, failure: str | None = None) -> None:
        if self.refusals:
            self.refusals -= 1
            raise RetryLater("the database's disk is full")
        self.finished.append(update_id)

    async def count_try(self, bot_id: int, update_id: int, attempts: int) -> None: ...
    async def rewrite(self, bot_id: int, update_id: int, payload: Mapping[str, object]) -> None: ...
    async def forget_late(self, bot_id: int, update_id: int, kinds: Collection[str]) -> None: ...


class OneProcess:
    """Leases that are always granted, as for the only process."""

    @asynccontextmanager
    async def hold(self, name: str, owner: str, ttl: timedelta) -> AsyncIterator[Any]:
        yield SimpleNamespace(loss=asyncio.Event())


def said(number: int, now: datetime) -> StoredUpdate:
    chat = {"id": ANA, "type": "private", "first_name": "Ana"}
    sender = {"id": ANA, "is_bot": False, "first_name": "Ana"}
    message = {"message_id": number, "date": 1, "from": sender, "chat": chat, "text": f"/estado {number}"}
    payload = {"update_id": number, "message": message}
    return StoredUpdate(bot_id=BOT_ID, update_id=number, chat_key=ANA, payload=payload, received_at=now)


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


async def test_update_is_answered_once_while_a_full_disk_prevents_recording_it(shop: Shop):
    now = shop.clock.now()
    disk = FullDisk([said(1, now), said(2, now)], refusals=2)
    answers: list[str | None] = []
    dispatcher = Dispatcher(disable_fsm=True)

    @dispatcher.message()
    async def answer(message: Message) -> None:
        answers.append(message.text)

    bot = Bot("1:token")
    handle = HandleUpdates(
        bot=bot,
        dispatcher=dispatcher,
        work_updates=WorkUpdates(disk, shop.clock),
        leases=OneProcess(),
        clock=shop.clock,
        mark_unreachable=MarkUnreachable(shop.units, shop.clock),
        receive_chat_payment=ReceiveChatPayment(shop.units, shop.gateways, shop.clock, shop.receive),
        report_problem=ReportProblem(shop.units, shop.clock),
    )
    try:
        for _ in range(2):
            with pytest.raises(RetryLater):
                await handle(BOT_ID, ANA)
        await handle(BOT_ID, ANA)
    finally:
        await bot.session.close()
    assert answers == ["/estado 1", "/estado 2"]
    assert disk.finished == [1, 2]
