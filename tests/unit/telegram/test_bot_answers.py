"""Parsing of Telegram's responses and errors by the bots' client, including responses of older servers."""

from __future__ import annotations

import gc
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramNetworkError, TelegramServerError
from aiogram.methods import GetChatAdministrators, GetChatMember, GetMe, Response, SendMessage, TelegramMethod
from aiogram.types import ChatMemberAdministrator, MessageEntity, Update
from aiohttp import ClientConnectionResetError, ClientConnectorError
from aiohttp.client_reqrep import ConnectionKey
from pydantic import ValidationError

from subscriptions.domain.entities.delivery import BLOCKED_BOT, DELETED_ACCOUNT, NEVER_OPENED
from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater
from subscriptions.infrastructure.telegram.bot_client import (
    ByReadersClock,
    PatientSession,
    bot_api_errors,
    channel_errors,
)
from subscriptions.infrastructure.telegram.older_servers import complete

RESPONSE = '{"ok": true, "result": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}}}'


@pytest.fixture
async def session() -> AsyncIterator[PatientSession]:
    session = PatientSession()
    yield session
    await session.close()


async def test_parser_of_a_response_type_is_built_once(session: PatientSession) -> None:
    def id_of_type() -> int:
        answer = session.check_response(bot, SendMessage(chat_id=7, text="Hola"), 200, RESPONSE)
        assert (type(answer.result).__name__, answer.result.message_id) == ("Message", 1)
        return id(type(answer))

    bot = Bot("1:token", session=session)
    first = id_of_type()
    gc.collect()
    others = [Response[GetMe.__returning__], *(Response[kind] for kind in (int, float, bytes))]
    assert id_of_type() == first, others


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("bot was blocked by the user", BLOCKED_BOT),
        ("user is deactivated", DELETED_ACCOUNT),
        ("bot can't initiate conversation with a user", NEVER_OPENED),
    ],
)
def test_reasons_for_which_a_person_cannot_be_reached_are_told_apart(said: str, kind: str) -> None:
    with pytest.raises(ActionRequired) as need, bot_api_errors():
        raise TelegramForbiddenError(SendMessage(chat_id=7, text="Hola"), f"Forbidden: {said}")

    assert need.value.kind == kind


@pytest.mark.parametrize(
    "said", ["bot was kicked from the supergroup chat", "bot is not a member of the channel chat", "not enough rights"]
)
@pytest.mark.parametrize("errors", [bot_api_errors, channel_errors])
def test_refusal_that_concerns_a_chat_names_no_person(
    said: str, errors: Callable[[], AbstractContextManager[None]]
) -> None:
    with pytest.raises(Permanent, match=f"^Forbidden: {said}$"), errors():
        raise TelegramForbiddenError(SendMessage(chat_id=-7, text="Hola"), f"Forbidden: {said}")


def test_refusal_of_a_call_in_a_chat_keeps_telegrams_own_words() -> None:
    with pytest.raises(Permanent, match=r"^Forbidden: user is deactivated$"), channel_errors():
        raise TelegramForbiddenError(GetChatMember(chat_id=-7, user_id=7), "Forbidden: user is deactivated")


@pytest.mark.parametrize(
    ("cause", "meaning"),
    [
        (ClientConnectorError(ConnectionKey("api", 443, True, True, None, None, None), OSError("refused")), RetryLater),
        (ClientConnectionResetError("gone"), Ambiguous),
        (TimeoutError(), Ambiguous),
    ],
)
def test_unsent_request_is_distinguished_from_a_possibly_delivered_request(
    cause: Exception, meaning: type[Exception]
) -> None:
    with pytest.raises(meaning), bot_api_errors():
        raise TelegramNetworkError(SendMessage(chat_id=7, text="Hola"), "no answer") from cause


def administrator(**more: object) -> dict[str, object]:
    """Return our bot's membership of a channel in the format of Bot API 10.2, without the rights added in 10.3."""
    rights = [name for name, each in ChatMemberAdministrator.model_fields.items() if each.annotation is bool]
    me = {"id": 1, "is_bot": True, "first_name": "Umbral"}
    reported = {"status": "administrator", "user": me} | dict.fromkeys(rights, True) | more
    del reported["can_send_welcome_messages"]
    return reported


def test_right_missing_from_an_older_server_is_read_as_not_granted(session: PatientSession) -> None:
    content = json.dumps({"ok": True, "result": administrator()})
    answer = session.check_response(Bot("1:token"), GetChatMember(chat_id=-1001, user_id=1), 200, content)
    assert isinstance(answer.result, ChatMemberAdministrator)
    assert (answer.result.can_invite_users, answer.result.can_send_welcome_messages) == (True, False)
    listed = json.dumps({"ok": True, "result": [administrator(), administrator(can_invite_users=False)]})
    found = session.check_response(Bot("1:token"), GetChatAdministrators(chat_id=-1001), 200, listed)
    assert [each.can_invite_users for each in found.result] == [True, False]


def test_response_without_a_required_field_is_refused(session: PatientSession) -> None:
    reported = administrator()
    del reported["user"]
    with pytest.raises(TelegramServerError):
        session.check_response(
            Bot("1:token"),
            GetChatMember(chat_id=-1001, user_id=1),
            200,
            json.dumps({"ok": True, "result": reported}),
        )


def test_missing_fields_in_an_update_of_an_older_server_are_filled_in() -> None:
    left = {"status": "left", "user": administrator()["user"]}
    chat = {"id": -1001, "type": "channel", "title": "Oro"}
    changed = {"chat": chat, "from": administrator()["user"], "date": 1, "old_chat_member": left}
    raw = {"update_id": 7, "my_chat_member": {**changed, "new_chat_member": administrator()}}
    with pytest.raises(ValidationError) as fault:
        Update.model_validate(raw)
    update = Update.model_validate(complete(raw, fault.value))
    assert update.my_chat_member is not None
    assert isinstance(update.my_chat_member.new_chat_member, ChatMemberAdministrator)
    assert "can_send_welcome_messages" not in raw["my_chat_member"]["new_chat_member"]


async def test_timestamps_are_sent_as_plain_text_after_an_older_server_refuses_their_format() -> None:
    """The first refusal shows that the server is older than this feature of Telegram. A refused request has sent no
    message, so it is repeated.
    """
    tried: list[TelegramMethod[Any]] = []
    bot, clock = Bot("1:token"), ByReadersClock()

    async def server(_: Bot, method: TelegramMethod[Any]) -> bool:
        tried.append(method)
        if isinstance(method, SendMessage) and ("<tg-time" in method.text or method.entities):
            why = 'can\'t parse entities: Unsupported start tag "tg-time" at byte offset 6'
            raise TelegramBadRequest(method, f"Bad Request: {why}")
        return True

    said = SendMessage(chat_id=7, text='Hasta <b><tg-time unix="1647531900" format="Dt">12 mar, 21:00</tg-time></b>')
    moment = MessageEntity(type="date_time", offset=0, length=13, unix_time=1647531900)
    tip = SendMessage(chat_id=7, text="12 mar, 21:00", entities=[moment], parse_mode=None)
    typed = SendMessage(chat_id=7, text="<tg-time>", parse_mode=None)
    for each in (said, tip):
        assert await clock(server, bot, each)
    assert [(each.text, each.entities) for each in tried if isinstance(each, SendMessage)] == [
        (said.text, None),
        ("Hasta <b>12 mar, 21:00</b>", None),
        ("12 mar, 21:00", None),
    ]
    with pytest.raises(TelegramBadRequest):
        await clock(server, bot, typed)
    assert tried[-1] is typed, "what is typed is nobody's markup"
