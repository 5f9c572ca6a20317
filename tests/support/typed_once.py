"""Cache of pydantic's adapters for the types in FastAPI's routes, shared by all apps of a process.

Our app has hundreds of routes, and the tests build one app after another with the same routes.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi._compat.v2 import ModelField, asdict
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

_make: Final = ModelField.__post_init__
_made: Final[dict[tuple[Any, str], tuple[TypeAdapter[Any], FieldInfo]]] = {}


def type_once() -> None:
    """Make all apps share the adapters from now on, in this process and in its forks."""
    type.__setattr__(ModelField, "__post_init__", _adapted)


def _adapted(self: ModelField) -> None:
    # These are the inputs from which FastAPI builds the adapter. The key contains the type itself, because the type's
    # representation may contain a memory address.
    parts = asdict(self.field_info)
    key = (parts.pop("annotation"), repr((parts, self.config)))
    if key not in _made:
        _make(self)
        _made[key] = (self._type_adapter, self.field_info)
    self._type_adapter, _ = _made[key]
