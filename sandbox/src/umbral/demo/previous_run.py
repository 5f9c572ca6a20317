"""Clean-up of processes that a killed demo left in the same folder."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from umbral.demo.folder import Folder
from umbral.demo.process_table import end


def end_previous_run(folder: Folder) -> None:
    """Kill the remaining processes of the last run, except PostgreSQL; only the holder of the folder's lock may call
    this function.

    Normally, the processes end with their supervisor. This function covers the time until they have ended, and systems
    on which that mechanism fails: two bots must never poll for updates at the same time.
    """
    for pid in _last_pids(folder.pids):
        if pid != os.getpid():
            end(pid, folder.root, (signal.SIGKILL, 5.0))


def _last_pids(path: Path) -> list[int]:
    try:
        pids: dict[str, int] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return []
    # The supervisor held the lock, and PostgreSQL stops its own previous server more gently.
    return [pid for name, pid in pids.items() if name not in {"supervisor", "postgres"}]
