"""The command `umbral health`, which checks a process on this machine."""

from __future__ import annotations

import os
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from umbral.terminal.operating import fail
from umbral.terminal.options import EPILOG, application

STALE_SECONDS = 30.0
"""Maximum age in seconds of a process's ready file, several times the interval at which the process updates
the file.
"""
_PATIENCE_SECONDS = 4.0

app = application()


@app.command(epilog=EPILOG)
def run(
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="URL to check, instead of the file in READY_FILE.")
    ] = None,
) -> int:
    """Check that a process on this machine works: its ready file is recent, or a URL responds with 200."""
    trouble = _at(url) if url else _in_file(os.environ.get("READY_FILE"))
    return fail("health", trouble) if trouble else 0


def _in_file(name: str | None) -> str | None:
    if not name:
        return "READY_FILE names no file, and no --url was given"
    try:
        age = time.time() - Path(name).stat().st_mtime
    except FileNotFoundError:
        return "not ready yet"
    return f"no sign of life for {age:.0f} s" if age > STALE_SECONDS else None


def _at(url: str) -> str | None:
    # Connect directly, ignoring any proxy from the environment.
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"{url}: {error}"
    finally:
        connection.close()
    return None if status == HTTPStatus.OK else f"{url} answered {status}"
