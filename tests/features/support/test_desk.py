"""Customers' messages to staff: the chat that receives them, their rate limit, and the recipient of a reply."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramForbiddenError, TelegramMigrateToChat, TelegramNetworkError
from aiogram.methods import GetMe, SendMessage, TelegramMethod
from aiogram.types import Chat, Message, User

from bot.panel.data import short
from bot.texts import texts_for
from features.support.chat.desk import PASSED_ON, HandOver, SupportDesk
from features.support.chat.questions import TakeQuestion
from features.support.chat.replies import IsAnswer
from features.support.use_cases.keep_questions import KeepQuestions
from subscriptions.application.alarms.alarms import KeepAlarm
from subscriptions.application.people.customers import FindCustomer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import TelegramId
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.samples import customer
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.fakes.units import route_by_name
from tests.support.stars import TOKEN

GROUP = -5001
REPLIES = {"/link": "Pulsa /estado"}
OWNERS = frozenset({TelegramId(11), TelegramId(12)})
ME = User(id=int(TOKEN.partition(":")[0]), is_bot=True, first_name="Umbral", username="umbral_bot")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Telegram(BaseSession):
    """Telegram session that records sent messages.

    `failing` contains the error that a chat raises; with `heads_only` only copies raise the error.
    """

    def __init__(self) -> None:
        super().__init__()
        self.failing: dict[int, Exception] = {}
        self.sent: list[int] = []
        self.heads_only = False

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], *rest: Any, **more: Any) -> Any:
        if isinstance(method, GetMe):
            return ME
        chat: int = vars(method)["chat_id"]
        if chat in self.failing and not (self.heads_only and isinstance(method, SendMessage)):
            raise self.failing[chat]
        self.sent.append(chat)
        return True

    async def stream_content(self, *args: Any, **more: Any) -> AsyncGenerator[bytes, None]:
        yield b""

    async def close(self) -> None:
        """Do nothing; no connection is open."""


class Support:
    """A support desk with a customer."""

    def __init__(self, group: int | None = None) -> None:
        self.telegram, self.memory = Telegram(), Memory()
        self.bot = Bot(TOKEN, session=self.telegram)
        find = FindCustomer(lambda: MemoryUnitOfWork(self.memory, route_by_name))
        alarm = KeepAlarm(lambda: MemoryUnitOfWork(self.memory, route_by_name), ManualClock())
        self.desk = SupportDesk(self.bot, ManualClock(), find, OWNERS, group, alarm, lambda: REPLIES)
        self.ana = customer()

    async def known(self) -> Customer:
        async with MemoryUnitOfWork(self.memory, route_by_name) as uow:
            await uow.customers.save(self.ana)
            await uow.commit()
        return self.ana

    async def alarms(self) -> list[tuple[str, bool]]:
        async with MemoryUnitOfWork(self.memory, route_by_name) as uow:
            newest = await uow.alarms.newest("support_refused", f"support_refused:{GROUP}:")
        return [(newest.facts["reason"], newest.open)] if newest is not None else []

    async def ask(self, number: int, **more: Any) -> HandOver:
        return await self.desk.pass_on(message(number, **more), self.ana)


def message(number: int = 1, **more: Any) -> Message:
    facts = {"text": "¿?", "from": {"id": 7, "is_bot": False, "first_name": "Ana"}, **more}
    return Message.model_validate({"message_id": number, "date": NOW, "chat": Chat(id=7, type="private"), **facts})


def reply_to(text: str, start: str = "") -> Message:
    """Return a reply to a message of the bot whose button opens the bot with `start`."""
    row = [[{"text": "👤", "url": f"https://t.me/umbral_bot?start={start}"}]]
    buttons = {"reply_markup": {"inline_keyboard": row}} if start else {}
    return message(2, reply_to_message=message(1, text=text, **{"from": ME}, **buttons))


async def test_reply_to_an_activity_message_does_not_answer_a_question() -> None:
    support = Support(GROUP)
    ana = await support.known()
    assert await IsAnswer(support.desk)(reply_to("💶 Venta", f"c_{short(ana.id)}")) is False
    found = await IsAnswer(support.desk)(reply_to("💬 Ana", f"q_{short(ana.id)}"))
    assert isinstance(found, dict)
    assert found["asker"].id == ana.id


@pytest.mark.parametrize("text", ["✅ Enviado a Ana.", "✅ Sent to Ana.", "⚠️ No le ha llegado a Ana: ha bloqueado"])
async def test_staff_reply_to_a_confirmation_of_the_bot_reaches_no_customer(text: str) -> None:
    assert await IsAnswer(Support().desk)(reply_to(text)) == {"asker": None}


async def test_reply_to_an_erased_customer_reaches_no_customer() -> None:
    gone = reply_to("💬 Ana", f"q_{short(UUID(int=5))}")
    assert await IsAnswer(Support().desk)(gone) == {"asker": None}


async def test_retried_question_counts_once_and_reaches_no_recipient_twice() -> None:
    support = Support()
    support.telegram.failing[12] = TelegramNetworkError(method=GetMe(), message="gone")
    for _ in range(PASSED_ON + 2):
        with pytest.raises(TelegramNetworkError):
            await support.ask(1)
    assert support.telegram.sent == [11]
    support.telegram.failing.clear()
    assert await support.ask(1) == HandOver(is_reached=True, is_first=True)
    assert support.telegram.sent == [11, 12]
    assert await support.ask(2) == HandOver(is_reached=True)


async def test_retried_photo_question_sends_its_heading_once() -> None:
    support = Support(GROUP)
    support.telegram.failing[GROUP] = TelegramNetworkError(method=GetMe(), message="gone")
    support.telegram.heads_only = True
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    for _ in range(3):
        with pytest.raises(TelegramNetworkError):
            await support.ask(1, text=None, photo=photo)
    assert support.telegram.sent == [GROUP]


async def test_undelivered_questions_do_not_count_towards_the_limit() -> None:
    support = Support(GROUP)
    support.telegram.failing[GROUP] = TelegramNetworkError(method=GetMe(), message="gone")
    for number in range(PASSED_ON + 2):
        with pytest.raises(TelegramNetworkError):
            await support.ask(number)
    support.telegram.failing.clear()
    assert await support.ask(99) == HandOver(is_reached=True, is_first=True)


async def test_album_counts_as_one_question() -> None:
    support = Support(GROUP)
    for number in range(1, PASSED_ON + 1):
        await support.ask(number, media_group_id="album")
    reported = [await support.ask(100 + number) for number in range(PASSED_ON)]
    assert [each.is_over for each in reported] == [False] * (PASSED_ON - 1) + [True]


async def test_question_to_a_migrated_group_is_sent_to_the_owners() -> None:
    support = Support(GROUP)
    support.telegram.failing[GROUP] = TelegramMigrateToChat(GetMe(), "upgraded", -1005001)
    assert (await support.ask(1)).is_reached
    assert support.telegram.sent == [11, 12]


async def test_unreachable_group_raises_an_alarm_until_a_message_arrives() -> None:
    support = Support(GROUP)
    assert (await support.ask(1)).is_reached
    assert await support.alarms() == []
    support.telegram.failing[GROUP] = TelegramForbiddenError(GetMe(), "bot was kicked")
    for number in (2, 3):
        assert (await support.ask(number)).is_reached
    [(reason, is_open)] = await support.alarms()
    assert ("kicked" in reason, is_open) == (True, True)
    support.telegram.failing.clear()
    await support.ask(4)
    assert [is_open for _, is_open in await support.alarms()] == [False]


async def test_draining_feature_forwards_messages_of_open_conversations_only() -> None:
    support = Support()
    ana = await support.known()
    questions = KeepQuestions(lambda: MemoryUnitOfWork(support.memory, route_by_name), ManualClock())
    take = TakeQuestion(support.desk, questions, is_on=False)
    assert await take(message(1), ana, texts_for("es")) is None
    assert support.telegram.sent == []

    await questions.ask(ana.id, "¿Mi canal?", 7, 2)
    answer = await take(message(3), ana, texts_for("es"))
    assert answer is not None
    assert "equipo" in answer.screen.text
    assert support.telegram.sent == [11, 12]
