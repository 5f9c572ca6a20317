"""Answers and updates of a Bot API server older than aiogram: it does not name what was added since.

What is added to a thing that is told is most often a right or a trait, which the server then does not know of.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from pydantic import ValidationError

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
