"""What aiogram finds out about each handler and filter, found out once for a process, whichever router asks.

It takes every function's signature apart again for each router it is registered with, and a dispatcher of ours has
hundreds: the tests build one after another, of the same functions. What the signature says is what the code says.
"""

from __future__ import annotations

from inspect import unwrap
from types import CodeType, FunctionType, MethodType
from typing import Any, Final

from aiogram.dispatcher.event.handler import CallableObject

_look: Final = CallableObject.__post_init__
_seen: Final[dict[tuple[type, CodeType], tuple[bool, set[str], bool]]] = {}


def look_once() -> None:
    """From now on, in this process and those forked from it."""
    type.__setattr__(CallableObject, "__post_init__", _looked)


def _looked(self: CallableObject) -> None:
    callback: Any = self.callback
    if hasattr(callback, "__wrapped__"):
        callback = unwrap(callback)
    kind = type(callback)
    if kind not in {FunctionType, MethodType} or "__signature__" in vars(callback):
        _look(self)
        return
    place = (kind, callback.__code__)
    if place not in _seen:
        _look(self)
        _seen[place] = (self.awaitable, self.params, self.varkw)
    self.awaitable, self.params, self.varkw = _seen[place]
