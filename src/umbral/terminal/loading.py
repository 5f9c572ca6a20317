"""Importing what a command needs when it runs."""

from __future__ import annotations

import gc
from importlib import import_module
from types import ModuleType


def load(module: str) -> ModuleType:
    """Import a module with many others behind it."""
    # Loading makes many objects and no garbage; looking for some costs up to a fifth of the time to start.
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()
