"""Import of a command's dependencies when it runs."""

from __future__ import annotations

import gc
from importlib import import_module
from types import ModuleType


def load(module: str) -> ModuleType:
    """Import a module with many dependencies."""
    # Loading creates many objects and no garbage; garbage collection would take up to a fifth of the startup time.
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()
