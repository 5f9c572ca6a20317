"""Ends what a killed demo may have left running in the same folder."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from umbral.demo.folder import Folder
from umbral.demo.process_table import end


def end_predecessors(folder: Folder) -> None:
    """Kill the processes of the last run that still live; only for the holder of the folder's lock.

    They end by themselves with their supervisor. This is for the moment in which they are about to, and for
    a system on which that failed: two bots must never ask for updates at once.
    """
    for pid in _last_pids(folder.pids):
        if pid != os.getpid():
            end(pid, folder.root, (signal.SIGKILL, 5.0))


def _last_pids(path: Path) -> list[int]:
    try:
        pids: dict[str, int] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return []
    # The supervisor held the lock, and PostgreSQL knows a gentler way to end its own predecessor.
    return [pid for name, pid in pids.items() if name not in {"supervisor", "postgres"}]
