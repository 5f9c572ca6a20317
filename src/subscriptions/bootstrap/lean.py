"""How the module of a process is loaded, and the libraries behind it, without what no process uses."""

from importlib import import_module
from types import ModuleType
from typing import Final

from subscriptions.infrastructure.lean import load_sqlalchemy, without

UNUSED: Final = ("pygments", "rich", "watchfiles", "websockets", "yaml")
"""Pretty tracebacks, restarting by hand, a protocol and files nobody asks for: looked for by structlog, httpx, uvicorn
and dependency_injector."""


def load(module: str) -> ModuleType:
    """Import the module of a process."""
    load_sqlalchemy()
    with without(*UNUSED):
        return import_module(module)
