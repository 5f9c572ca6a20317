"""Loads libraries without what they load only because they find it, and which nobody here uses."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Final

_ASYNCIO: Final = "sqlalchemy.ext.asyncio"
_SESSIONS: Final = (f"{_ASYNCIO}.scoping", f"{_ASYNCIO}.session")


@contextmanager
def without(*libraries: str) -> Iterator[None]:
    """What is loaded meanwhile finds none of these, unless they are loaded already."""
    loaded: dict[str, ModuleType | None] = vars(sys)["modules"]
    hidden = [name for name in libraries if name not in loaded]
    loaded |= dict.fromkeys(hidden)
    try:
        yield
    finally:
        for name in hidden:
            del loaded[name]


def load_sqlalchemy() -> None:
    """Load SQLAlchemy's asyncio without its sessions, and so without the ORM, 6 MB that we have no use for (ADR 4).

    Whoever asks for a session later gets one.
    """
    if _ASYNCIO in sys.modules:
        return
    sys.modules.update({name: _Later(name) for name in _SESSIONS})
    try:
        package = import_module(_ASYNCIO)
    finally:
        for name in _SESSIONS:
            del sys.modules[name]
    for name in [name for name, value in vars(package).items() if isinstance(value, _Later)]:
        delattr(package, name)
    vars(package)["__getattr__"] = _session


class _Later(ModuleType):
    """Stands in for a module, and for all that is taken from it."""

    def __getattr__(self, name: str) -> "_Later":
        return self


def _session(name: str) -> object:
    for module in map(import_module, _SESSIONS):
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"module {_ASYNCIO!r} has no attribute {name!r}")
