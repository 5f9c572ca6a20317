"""Import of libraries without the optional ones that they load whenever these are installed.

dependency-injector loads FastAPI and Werkzeug, structlog and httpx load Rich, for uses that Umbral does not have.
Where all extras are installed, as in the demo, that takes 25 MB and most of a second in every process.
"""

import sys
from importlib import import_module
from typing import Any, Final

_OPTIONAL: Final = ("fast_depends", "fastapi", "rich", "starlette", "werkzeug")
_LOADERS: Final = ("dependency_injector.wiring", "httpx", "structlog")


def import_lean() -> None:
    """Import these libraries without the optional ones, which can be imported later as usual."""
    # None has Python treat a module as not installed.
    absent = dict.fromkeys(name for name in _OPTIONAL if name not in sys.modules)
    modules: dict[str, Any] = sys.modules
    modules.update(absent)
    try:
        for name in _LOADERS:
            import_module(name)
    finally:
        for name in absent:
            del sys.modules[name]
