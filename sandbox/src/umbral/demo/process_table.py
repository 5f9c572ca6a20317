"""Looks up processes that are not our children, on Linux without needing `ps`."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path


def command_of(pid: int) -> str | None:
    """The command line of a running process; None when there is none, or only its zombie."""
    if Path("/proc/self/stat").exists():
        return _from_proc(pid)
    listed = subprocess.run(
        ["/bin/ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, command = listed.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else command.strip()


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Whether the process ended within the time."""
    deadline = time.monotonic() + seconds
    while command_of(pid) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _from_proc(pid: int) -> str | None:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # A zombie holds no file, port or lock any more, and nobody may ever come to collect it.
    return None if state in {"Z", "X"} else os.fsdecode(command.replace(b"\0", b" ")).strip()
