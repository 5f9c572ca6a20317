"""Checks of parameters by name, type and limit."""

import json

import pytest
from aiogram import methods

from umbral_sandbox.bot_api.errors import BotApiError
from umbral_sandbox.bot_api.methods import all_methods
from umbral_sandbox.bot_api.parameters.base import Parameters
from umbral_sandbox.bot_api.parameters.chats import EditChatInviteLink, LinkSettings
from umbral_sandbox.bot_api.parameters.check import check
from umbral_sandbox.bot_api.parameters.messages import AnswerCallbackQuery, SendMessage, SendPhoto
from umbral_sandbox.bot_api.parameters.payments import CreateInvoiceLink, SendInvoice
from umbral_sandbox.bot_api.parameters.profile import SetMyCommands
from umbral_sandbox.bot_api.parameters.updates import GetUpdates, SetWebhook


def test_methods_accept_parameters_of_the_official_client() -> None:
    for method in all_methods():
        official = getattr(methods, method.name[0].upper() + method.name[1:])
        ours, theirs = method.parameters.model_fields, official.model_fields
        assert set(ours) <= set(theirs), method.name
        required = {name for name, field in theirs.items() if field.is_required()}
        # Newer versions can edit other things than a text; the world has only texts.
        expected = required | {"text"} if method.name == "editMessageText" else required
        assert {name for name, field in ours.items() if field.is_required()} == expected, method.name


def _button(**action: object) -> dict[str, object]:
    return {"reply_markup": {"inline_keyboard": [[{"text": "a", **action}]]}}


def _invoice(**changes: object) -> dict[str, object]:
    return {
        "title": "t",
        "description": "d",
        "payload": "p",
        "currency": "XTR",
        "prices": [{"label": "l", "amount": 5}],
        **changes,
    }


def _reason(model: type[Parameters], **values: object) -> str:
    with pytest.raises(BotApiError) as caught:
        check(model, values, {})
    assert caught.value.code == 400
    return caught.value.description.removeprefix("Bad Request: ")


MESSAGE: list[tuple[dict[str, object], str]] = [
    ({"chat_id": ""}, "chat_id is empty"),
    ({"chat_id": "no chat"}, "chat not found"),
    ({"chat_id": True}, 'parameter "chat_id" is invalid: Value error, must be an integer'),
    ({"foo": 1}, 'unknown parameter "foo"'),
    ({"reply_to_message_id": 1}, 'unknown parameter "reply_to_message_id"'),
    ({"disable_notification": "maybe"}, 'parameter "disable_notification" is invalid'),
    ({"reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ({"reply_markup": "{}"}, "object expected as reply markup"),
    ({"reply_markup": []}, "object expected as reply markup"),
    (_button(), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    (_button(callback_data="é" * 33), "BUTTON_DATA_INVALID"),
    (_button(callback_data=""), "BUTTON_DATA_INVALID"),
    (_button(url="https://a.b", callback_data="x"), "can't parse inline keyboard button: exactly one"),
    (_button(url="http://localhost/pay"), "inline keyboard button URL 'http://localhost/pay' is invalid: Wrong"),
    (_button(url="ftp://a.b"), "inline keyboard button URL 'ftp://a.b' is invalid: Unsupported URL protocol"),
    (_button(copy_text={"text": "x" * 257}), "BUTTON_COPY_TEXT_INVALID"),
    (_button(zork=1), 'unknown field "zork" in "reply_markup"'),
    ({"reply_markup": {"inline_keyboard": [[{"text": "a", "url": "t.me/x"}] * 101]}}, "reply markup is too long"),
]


@pytest.mark.parametrize(("values", "reason"), MESSAGE)
def test_invalid_send_message_parameters_are_refused(values: dict[str, object], reason: str) -> None:
    assert _reason(SendMessage, **{"chat_id": 1, "text": "x", **values}).startswith(reason)


OTHERS: list[tuple[type[Parameters], dict[str, object], str]] = [
    (SendMessage, {"text": "x"}, "chat_id is empty"),
    (SendMessage, {"chat_id": 1}, "message text is empty"),
    (SendPhoto, {"chat_id": 1}, "there is no photo in the request"),
    (AnswerCallbackQuery, {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
    (LinkSettings, {"chat_id": 1, "name": "x" * 33}, "chat invite link name is too long"),
    (LinkSettings, {"chat_id": 1, "member_limit": 100_000}, 'parameter "member_limit" is invalid'),
    (
        EditChatInviteLink,
        {"chat_id": 1, "invite_link": "x", "creates_join_request": "true", "member_limit": "1"},
        "member limit can't be specified for links requiring administrator approval",
    ),
    (SetMyCommands, {"commands": '[{"command":"Start","description":"x"}]'}, "BOT_COMMAND_INVALID"),
    (SetMyCommands, {"commands": "[]", "scope": '{"type":"zz"}'}, 'parameter "scope'),
    (GetUpdates, {"allowed_updates": '["mesage"]'}, 'parameter "allowed_updates" is invalid'),
    (GetUpdates, {"timeout": "soon"}, 'parameter "timeout" is invalid'),
    (SetWebhook, {"url": "x", "secret_token": "a b"}, "secret token contains unallowed characters"),
    (SendInvoice, _invoice(chat_id=1, title="x" * 33), "INVOICE_TITLE_INVALID"),
    (SendInvoice, _invoice(chat_id=1, payload="é" * 65), "INVOICE_PAYLOAD_INVALID"),
    (SendInvoice, _invoice(chat_id=1, provider_token="1:x"), "STARS_PAYMENT_PROVIDER_INVALID"),
    (SendInvoice, _invoice(chat_id=1, prices=[{"label": "l", "amount": 5}] * 2), "STARS_INVOICE_INVALID"),
    (SendInvoice, _invoice(chat_id=1, currency="EUR"), "PAYMENT_PROVIDER_INVALID"),
    (CreateInvoiceLink, _invoice(subscription_period=86_400), "SUBSCRIPTION_PERIOD_INVALID"),
]


@pytest.mark.parametrize(("model", "values", "reason"), OTHERS)
def test_invalid_parameters_of_other_methods_are_refused(
    model: type[Parameters], values: dict[str, object], reason: str
) -> None:
    assert _reason(model, **values).startswith(reason)


def test_form_and_json_parameters_are_equivalent() -> None:
    keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": "x"}]]}
    from_json = check(SendMessage, {"chat_id": 5, "text": "x", "reply_markup": keyboard}, {})
    form = {"chat_id": "5", "text": "x", "reply_markup": json.dumps(keyboard), "disable_notification": None}
    assert check(SendMessage, form, {}) == from_json
