"""Look-up and termination of processes that are not children of this process."""

import time
from contextlib import suppress
from pathlib import Path
from signal import Signals

import psutil


def command_of(pid: int) -> str | None:
    """Return the command line of a running process, or "" if the command line is not readable; None if there is no such
    process, or only a zombie.
    """
    try:
        process = psutil.Process(pid)
        # A zombie holds no file, port or lock any more, and may never be reaped.
        if process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return None
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return ""


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait for the end of the process; return False if it does not end in time."""
    deadline = time.monotonic() + seconds
    while command_of(pid) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end(pid: int, folder: Path, *steps: tuple[Signals, float]) -> None:
    """End a process whose command names this folder. steps: pairs of a signal and the seconds to wait after it for the
    process to end.

    A process whose command does not name the folder is another process that has reused the pid, and is not ended.
    """
    if str(folder) not in (command_of(pid) or ""):
        return
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for step, seconds in steps:
            process.send_signal(step)
            if wait_until_gone(pid, seconds):
                return
