"""Compatibility with Bot API servers older than aiogram. Such servers omit newer response fields and reject some newer
parameters.

A missing response field is usually a right or property that the server does not have. Unknown parameters are usually
ignored, but dates in the reader's time zone (Bot API 9.5) are rejected.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

Call = TypeVar("Call", bound=BaseModel)

_TRAITS: Final = ("can_", "is_", "has_", "supports_")
"""Prefixes of the names of boolean fields in the Bot API."""


def complete(raw: Any, fault: ValidationError) -> Any:
    """Return a copy of `raw` in which each missing boolean field is false. Other validation errors remain."""
    copy = deepcopy(raw)
    for each in fault.errors(include_url=False, include_context=False, include_input=False):
        # An error about the whole value has no location.
        *path, name = each["loc"] or ("",)
        if each["type"] != "missing" or not isinstance(name, str) or not name.startswith(_TRAITS):
            continue
        holder = copy
        for part in path:
            # The path also contains the name of the union member that was tried.
            is_named = isinstance(holder, Mapping) and part in holder
            if is_named or (isinstance(holder, list) and isinstance(part, int) and part < len(holder)):
                holder = holder[part]
        if isinstance(holder, dict):
            holder.setdefault(name, False)
    return copy


_MOMENT: Final = re.compile(r"</?tg-time\b[^>]*>")
_UNKNOWN: Final = ('Unsupported start tag "tg-time"', "Unsupported type specified")
"""Error texts with which servers reject dates in the reader's time zone: in HTML (tdlib, MessageEntity.cpp) and as
entities (telegram-bot-api, Client.cpp).
"""


def takes_no_moments(refusal: str) -> bool:
    """Return True if a refusal was caused by dates in the reader's time zone."""
    return any(words in refusal for words in _UNKNOWN)


def without_moments(method: Call) -> Call:
    """Return a copy of the call in which dates in the reader's time zone are replaced by their plain text. Return the
    call itself if it has no such dates.
    """
    changes: dict[str, Any] = {}
    for name in ("text", "caption"):
        text = getattr(method, name, None)
        if isinstance(text, str) and getattr(method, "parse_mode", None) is not None and _MOMENT.search(text):
            changes[name] = _MOMENT.sub("", text)
    for name in ("entities", "caption_entities"):
        entities = getattr(method, name, None) or []
        others = [each for each in entities if each.type != "date_time"]
        if len(others) < len(entities):
            changes[name] = others or None
    return method.model_copy(update=changes) if changes else method
