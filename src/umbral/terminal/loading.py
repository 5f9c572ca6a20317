"""Import of modules with many dependencies when a command runs."""

from __future__ import annotations

import gc
from importlib import import_module
from types import ModuleType


def load(module: str) -> ModuleType:
    """Import a module that has many dependencies, with garbage collection paused."""
    # Importing creates many objects but no garbage, and garbage collection would take up to a fifth of the startup
    # time.
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()
