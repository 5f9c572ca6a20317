"""How the bots' client reads what Telegram answers."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramForbiddenError, TelegramNetworkError
from aiogram.methods import GetMe, Response, SendMessage
from aiohttp import ClientConnectionResetError, ClientConnectorError
from aiohttp.client_reqrep import ConnectionKey

from subscriptions.domain.entities.notification import BLOCKED, DELETED
from subscriptions.domain.errors import ActionRequired, Ambiguous, RetryLater
from subscriptions.infrastructure.telegram.bot_client import PatientSession, bot_api_errors

HEARD = '{"ok": true, "result": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}}}'


@pytest.fixture
async def session() -> AsyncIterator[PatientSession]:
    session = PatientSession()
    yield session
    await session.close()


async def test_how_a_kind_of_answer_is_read_is_found_out_once(session: PatientSession) -> None:
    def heard() -> int:
        answer = session.check_response(bot, SendMessage(chat_id=7, text="Hola"), 200, HEARD)
        assert (type(answer.result).__name__, answer.result.message_id) == ("Message", 1)
        return id(type(answer))

    bot = Bot("1:token", session=session)
    first = heard()
    gc.collect()
    others = [Response[GetMe.__returning__], *(Response[kind] for kind in (int, float, bytes))]
    assert heard() == first, others


@pytest.mark.parametrize(
    ("said", "kind"),
    [("bot was blocked by the user", BLOCKED), ("user is deactivated", DELETED)],
)
def test_who_is_gone_for_good_is_told_from_who_blocked_the_bot(said: str, kind: str) -> None:
    with pytest.raises(ActionRequired) as need, bot_api_errors():
        raise TelegramForbiddenError(SendMessage(chat_id=7, text="Hola"), f"Forbidden: {said}")

    assert need.value.kind == kind


@pytest.mark.parametrize(
    ("cause", "meaning"),
    [
        (ClientConnectorError(ConnectionKey("api", 443, True, True, None, None, None), OSError("refused")), RetryLater),
        (ClientConnectionResetError("gone"), Ambiguous),
        (TimeoutError(), Ambiguous),
    ],
)
def test_what_never_left_is_told_from_what_may_have_arrived(cause: Exception, meaning: type[Exception]) -> None:
    with pytest.raises(meaning), bot_api_errors():
        raise TelegramNetworkError(SendMessage(chat_id=7, text="Hola"), "no answer") from cause
