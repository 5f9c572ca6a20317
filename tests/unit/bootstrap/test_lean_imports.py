"""Processes load no library only because another one supports it."""

from __future__ import annotations

import subprocess
import sys

PROBE = """
import sys
from subscriptions.bootstrap.lean_imports import import_lean
import_lean()
import subscriptions.bootstrap.core
print(*sorted({"fastapi", "rich", "starlette", "werkzeug"} & sys.modules.keys()))
import fastapi
print(fastapi.FastAPI.__name__)
"""


def test_optional_libraries_are_left_out_and_can_be_imported_later() -> None:
    ran = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["", "FastAPI"]
