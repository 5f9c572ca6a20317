"""Import of a library without its optional dependencies, which it would load if installed."""

import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any


def import_without(optional: Iterable[str], *libraries: str) -> None:
    """Import libraries as if the packages `optional` were not installed. These packages can still be imported later."""
    # Python treats a module that is None in sys.modules as not installed.
    absent = dict.fromkeys(name for name in optional if name not in sys.modules)
    modules: dict[str, Any] = sys.modules
    modules.update(absent)
    try:
        for name in libraries:
            import_module(name)
    finally:
        for name in absent:
            del sys.modules[name]
