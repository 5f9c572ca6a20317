"""Validation of a call's values by the parameter model of its method."""

import json
from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from umbral_sandbox.bot_api.errors import BotApiError, bad_request

from .base import Parameters, Upload

P = TypeVar("P", bound=Parameters)
_ATTACH = "attach://"
_EMPTY = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "user_id": "invalid user_id specified",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "video": "there is no video in the request",
    "question": "poll question must be non-empty",
    "options": "poll must have at least 2 option",
    "media": "there are no media to send",
    "message_thread_id": "message thread not found",
    "permissions": 'can\'t find field "permissions"',
    "action": "wrong parameter action in request",
    "file_id": "file_id not specified",
    "invite_link": "INVITE_HASH_EXPIRED",
}
_WRONG = {
    "message_id": "message identifier is not specified",
    "user_id": "invalid user_id specified",
    "action": "wrong parameter action in request",
    "secret_token": "secret token contains unallowed characters",
    "command": "BOT_COMMAND_INVALID",
    "language_code": "language_code is invalid",
}
_LONG = {"name": "chat invite link name is too long", "text": "MESSAGE_TOO_LONG"}
_JSON = {"reply_markup": "can't parse reply keyboard markup JSON object"}


def check(model: type[P], values: Mapping[str, object], files: Mapping[str, Upload]) -> P:
    """Validate `values` as `model`, with each `attach://name` replaced by its upload. Raises BotApiError with the Bot
    API's text for the first invalid value.
    """
    present = {name: value for name, value in values.items() if value is not None}
    try:
        return model.model_validate(_attached(present, files))
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False)[0]) from error


def _attached(values: Mapping[str, object], files: Mapping[str, Upload]) -> dict[str, object]:
    used: set[str] = set()

    def placed(value: object) -> object:
        if isinstance(value, list):
            return [placed(each) for each in value]
        if isinstance(value, dict):
            return {name: placed(each) for name, each in value.items()}
        key = value.removeprefix(_ATTACH) if isinstance(value, str) and value.startswith(_ATTACH) else None
        if key is None or key not in files:
            return value
        used.add(key)
        return files[key]

    result = {name: placed(_album(value) if name == "media" else value) for name, value in values.items()}
    return {**{name: upload for name, upload in files.items() if name not in used}, **result}


def _album(value: object) -> object:
    """Return the media of an album as JSON, so that uploads inside it can be attached; leave invalid JSON to
    validation.
    """
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _refusal(error: ErrorDetails) -> BotApiError:
    path = [part for part in error["loc"] if isinstance(part, str)]
    name = path[-1] if path else ""
    top = path[0] if path else ""
    match error["type"]:
        case "bot_api":
            text = error["msg"]
        case "missing":
            text = _EMPTY.get(name, f'parameter "{name}" is required')
        case "extra_forbidden" if len(path) == 1:
            text = f'unknown parameter "{name}"'
        case "extra_forbidden":
            text = f'unknown field "{name}" in "{top}"'
        case "string_too_long" if name in _LONG:
            text = _LONG[name]
        case "value_error" if "JSON" in error["msg"]:
            text = _JSON.get(top, f"can't parse {top} JSON object")
        case _:
            text = _WRONG.get(name, f'parameter "{".".join(path)}" is invalid: {error["msg"]}')
    return bad_request(text)
