"""Loads aiogram without what pydantic makes for the hundreds of its types that this bot never meets.

On import aiogram has all of them made, which takes 100 MB and three seconds of a processor. It declares that each is
made when it is first used (`defer_build`), which only lacks the names its fields are annotated with: aiogram's modules
import those for type checkers alone, and hand them to pydantic as they ask for all of it (`aiogram/types/__init__.py`).
"""

import re
import sys
import typing
from importlib import import_module
from typing import Final

from pydantic import BaseModel

_NAME: Final = re.compile(r"\w+")
_MAKES: Final = "model_rebuild"
_TYPING: Final = ("List", "Literal", "Optional", "Union")


def load() -> None:
    """Load aiogram, unless somebody has already; has to come before whatever else imports it."""
    if "aiogram" in sys.modules:
        return
    makes = vars(BaseModel)[_MAKES]
    type.__setattr__(BaseModel, _MAKES, classmethod(lambda cls, **_: None))
    try:
        types = import_module("aiogram.types")
    finally:
        type.__setattr__(BaseModel, _MAKES, makes)
    names = {name: getattr(types, name) for name in types.__all__}
    names |= {name: getattr(typing, name) for name in _TYPING}
    names["Default"] = import_module("aiogram.client.default").Default
    for model in [model for model in names.values() if isinstance(model, type) and issubclass(model, BaseModel)]:
        said = [str(said) for kind in model.__mro__ for said in vars(kind).get("__annotations__", {}).values()]
        for name in names.keys() & _NAME.findall(" ".join(said)):
            vars(sys.modules[model.__module__]).setdefault(name, names[name])
