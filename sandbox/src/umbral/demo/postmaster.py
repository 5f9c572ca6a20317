"""Reads what a running PostgreSQL writes about itself, and clears away what a killed one left."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from umbral.demo.process_table import command_of, wait_until_gone

_STATUS_LINE = 7


def is_ready(data: Path, pid: int) -> bool:
    """Whether the postmaster `pid` has written that it accepts connections."""
    lines = _lines(data)
    return len(lines) > _STATUS_LINE and lines[0] == str(pid) and lines[_STATUS_LINE].strip() == "ready"


def end_predecessor(data: Path) -> None:
    """Make the cluster free to start: end a server left behind, forget a pid that is now somebody else's.

    Only for the holder of the cluster's lock. PostgreSQL itself would take any living process, even a
    zombie, with the number in its pid file for a running server and refuse to start.
    """
    lines = _lines(data)
    pid = int(lines[0]) if lines and lines[0].isdigit() else 0
    command = command_of(pid) if pid else None
    if command is not None and str(data) in command:
        _end(pid)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _end(pid: int) -> None:
    for step, seconds in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, step)
        if wait_until_gone(pid, seconds):
            return
