"""Validation of recorded Bot API calls against aiogram's method types, which reports calls that Telegram
would refuse.
"""

import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any

from aiogram import methods
from pydantic import ValidationError

_ATTACHED = "attach://"
_METHODS = {
    cls.__api_method__: cls
    for _, cls in inspect.getmembers(methods, inspect.isclass)
    if issubclass(cls, methods.TelegramMethod) and getattr(cls, "__api_method__", None)
}


def refused_by_types(calls: Iterable[Mapping[str, Any]]) -> list[str]:
    """Validate the Bot API calls among the given calls with aiogram's types, and return the errors; empty if all calls
    are valid.
    """
    return [fault for call in calls if call["protocol"] == "bot_api" for fault in _faults(call)]


def _faults(call: Mapping[str, Any]) -> list[str]:
    method = _METHODS.get(call["method"])
    if method is None:
        return [f"{call['method']}: no such method"]
    given = {name: _decoded(value) for name, value in (call["params"] or {}).items()}
    # A file is sent as a separate part of the request, whose name another parameter states
    # (core.telegram.org/bots/api#sending-files).
    files = {value.removeprefix(_ATTACHED) for value in given.values() if str(value).startswith(_ATTACHED)}
    given = {name: value for name, value in given.items() if name not in files}
    unknown = sorted(set(given) - set(method.model_fields))
    if unknown:
        return [f"{call['method']}: unknown parameters {unknown}"]
    try:
        method.model_validate(given)
    except ValidationError as error:
        return [f"{call['method']}: {item['loc']} {item['msg']}" for item in error.errors(include_input=False)]
    return []


def _decoded(value: Any) -> Any:
    """Decode a parameter: lists and objects are sent as JSON text, numbers as digits."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
