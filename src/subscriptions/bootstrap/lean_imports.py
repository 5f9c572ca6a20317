"""Import of libraries without their optional dependencies, which they would load if installed.

dependency-injector loads FastAPI and Werkzeug, and structlog and httpx load Rich, for functions that Umbral does not
use. If all extras are installed, as in the demo, this takes 25 MB and most of a second in every process.
"""

from typing import Final

from subscriptions.infrastructure.lean_imports import import_without

_OPTIONAL: Final = ("fast_depends", "fastapi", "rich", "starlette", "werkzeug")


def import_lean() -> None:
    """Import dependency-injector, httpx and structlog without their optional dependencies."""
    import_without(_OPTIONAL, "dependency_injector.wiring", "httpx", "structlog")
