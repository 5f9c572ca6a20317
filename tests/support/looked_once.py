"""Cache of aiogram's inspection of handlers and filters, shared by all routers of a process.

aiogram inspects a function's signature again for each router that registers the function. Our dispatcher has hundreds
of functions, and the tests build one dispatcher after another from the same functions. A signature depends only on the
function's code.
"""

from __future__ import annotations

from inspect import unwrap
from types import CodeType, FunctionType, MethodType
from typing import Any, Final

from aiogram.dispatcher.event.handler import CallableObject

_look: Final = CallableObject.__post_init__
_seen: Final[dict[tuple[type, CodeType], tuple[bool, set[str], bool]]] = {}


def look_once() -> None:
    """Make all routers share the inspection results from now on, in this process and in its forks."""
    type.__setattr__(CallableObject, "__post_init__", _looked)


def _looked(self: CallableObject) -> None:
    callback: Any = self.callback
    if hasattr(callback, "__wrapped__"):
        callback = unwrap(callback)
    kind = type(callback)
    if kind not in {FunctionType, MethodType} or "__signature__" in vars(callback):
        _look(self)
        return
    key = (kind, callback.__code__)
    if key not in _seen:
        _look(self)
        _seen[key] = (self.awaitable, self.params, self.varkw)
    self.awaitable, self.params, self.varkw = _seen[key]
