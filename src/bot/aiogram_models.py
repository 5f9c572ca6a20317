"""Import of aiogram that delays building each Bot API model until the model is first used.

On import, aiogram builds the validators of all its types and methods: some 590 models, of which a bot uses a few dozen.
That takes over a second and 100 MB (https://github.com/aiogram/aiogram/issues/1513). Pydantic builds an incomplete
model on first use; this module gives each model the names that its annotations need.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from pydantic import BaseModel

_AIOGRAM: Final = "aiogram"
_REBUILD: Final = "model_rebuild"


def import_aiogram() -> None:
    """Import aiogram without building its models. Do nothing if aiogram is already imported."""
    if _AIOGRAM in sys.modules:
        return
    names: dict[str, Any] = {}
    rebuild = BaseModel.__dict__[_REBUILD]

    def keep_names(_: type[BaseModel], /, *, _types_namespace: dict[str, Any] | None = None, **__: Any) -> None:
        names.update(_types_namespace or {})

    setattr(BaseModel, _REBUILD, classmethod(keep_names))
    try:
        import_module(_AIOGRAM)
    finally:
        setattr(BaseModel, _REBUILD, rebuild)
    for model in _subclasses(BaseModel):
        if model.__module__.startswith(f"{_AIOGRAM}."):
            model.__pydantic_parent_namespace__ = names


def _subclasses(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in model.__subclasses__():
        yield each
        yield from _subclasses(each)
