"""Style sheets, scripts and images, compressed for clients that accept it."""

from typing import Final

from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from web.paths import STATIC

_LEAST: Final = 500
"""Size in bytes below which files are not compressed."""


def static_files() -> ASGIApp:
    """Return the application for /static. The files contain no secrets, so their compressed size reveals none."""
    return GZipMiddleware(StaticFiles(directory=STATIC), minimum_size=_LEAST)
