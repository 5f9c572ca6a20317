"""Status file of a running PostgreSQL, and clean-up after a killed one."""

from __future__ import annotations

import signal
from pathlib import Path

from umbral.demo.process_table import end

_STATUS_LINE = 7
_STOP = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def is_ready(data: Path, pid: int) -> bool:
    """Return True if the postmaster `pid` has reported that it accepts connections."""
    lines = _lines(data)
    return len(lines) > _STATUS_LINE and lines[0] == str(pid) and lines[_STATUS_LINE].strip() == "ready"


def end_previous_server(data: Path) -> None:
    """Make the cluster ready to start: end a remaining server, and remove a pid that now belongs to another process.

    Only the holder of the cluster's lock may call this function. PostgreSQL itself would mistake any living process,
    even a zombie, with the number in its pid file for a running server and refuse to start.
    """
    lines = _lines(data)
    if lines and lines[0].isdigit():
        end(int(lines[0]), data, *_STOP)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
