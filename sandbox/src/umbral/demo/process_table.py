"""Looks up, and ends, processes that are not our children."""

import time
from contextlib import suppress
from pathlib import Path
from signal import Signals

import psutil


def command_of(pid: int) -> str | None:
    """The command line of a running process, "" where it is not ours to read; None for none, or only its zombie."""
    try:
        process = psutil.Process(pid)
        # A zombie holds no file, port or lock any more, and nobody may ever come to collect it.
        if process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
            return None
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return ""


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Whether the process ended within the time."""
    deadline = time.monotonic() + seconds
    while command_of(pid) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end(pid: int, folder: Path, *steps: tuple[Signals, float]) -> None:
    """Send each signal in turn, giving its seconds to end in, to a process that was told this folder.

    One that was not is somebody else, who has got the number since.
    """
    if str(folder) not in (command_of(pid) or ""):
        return
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for step, seconds in steps:
            process.send_signal(step)
            if wait_until_gone(pid, seconds):
                return
