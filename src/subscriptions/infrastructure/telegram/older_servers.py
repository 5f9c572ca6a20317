"""A Bot API server older than aiogram: it does not name what was added since, and does not take all of it.

What is added to a thing that is told is most often a right or a trait, which the server then does not know of. What is
sent and not known to it is mostly passed over; a moment by its reader's clock, of Bot API 9.5, is refused.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

Call = TypeVar("Call", bound=BaseModel)

_TRAITS: Final = ("can_", "is_", "has_", "supports_")
"""How the Bot API's names of what is either so or not begin."""


def complete(raw: Any, fault: ValidationError) -> Any:
    """Return a copy of `raw` in which each trait whose lack is a fault is false. Whatever else is wrong stays so."""
    copy = deepcopy(raw)
    for each in fault.errors(include_url=False, include_context=False, include_input=False):
        # What is wrong with the whole stands nowhere.
        *path, name = each["loc"] or ("",)
        if each["type"] != "missing" or not isinstance(name, str) or not name.startswith(_TRAITS):
            continue
        holder = copy
        for part in path:
            # The path also names which of several types was tried.
            is_named = isinstance(holder, Mapping) and part in holder
            if is_named or (isinstance(holder, list) and isinstance(part, int) and part < len(holder)):
                holder = holder[part]
        if isinstance(holder, dict):
            holder.setdefault(name, False)
    return copy


_MOMENT: Final = re.compile(r"</?tg-time\b[^>]*>")
_UNKNOWN: Final = ('Unsupported start tag "tg-time"', "Unsupported type specified")
"""How it refuses moments: in HTML (tdlib, MessageEntity.cpp), as entities (telegram-bot-api, Client.cpp)."""


def takes_no_moments(refusal: str) -> bool:
    """Return whether that is why."""
    return any(words in refusal for words in _UNKNOWN)


def without_moments(method: Call) -> Call:
    """Return the same call with its moments as they are written, itself where it has none."""
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
