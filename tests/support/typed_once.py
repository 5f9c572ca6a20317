"""What pydantic makes of the types that FastAPI's routes take and answer, made once for a process, whichever app asks.

An app of ours has hundreds of them, and the tests build one app after another, of the same routes.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi._compat.v2 import ModelField, asdict
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

_make: Final = ModelField.__post_init__
_made: Final[dict[tuple[Any, str], tuple[TypeAdapter[Any], FieldInfo]]] = {}


def type_once() -> None:
    """From now on, in this process and those forked from it."""
    type.__setattr__(ModelField, "__post_init__", _adapted)


def _adapted(self: ModelField) -> None:
    # All that FastAPI makes an adapter of; what is kept with it is what the text may name by its place in memory.
    parts = asdict(self.field_info)
    place = (parts.pop("annotation"), repr((parts, self.config)))
    if place not in _made:
        _make(self)
        _made[place] = (self._type_adapter, self.field_info)
    self._type_adapter, _ = _made[place]
