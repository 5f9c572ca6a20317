"""Start of a process, and reliable detection that another process has ended."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from subscriptions.bootstrap.process import is_gone, process_owner, ready


def named(pid: int) -> str:
    """Return the owner name that a process with this id would have on this machine."""
    machine, _, run = process_owner().split(":")
    return f"{machine}:{pid}:{run}"


def test_only_a_process_that_ended_is_reported_as_gone() -> None:
    running = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert not is_gone(named(running.pid))
    running.kill()
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(named(running.pid)), "ended, and nobody has asked for its status yet"
    elsewhere = f"host:{running.pid}:0123456789ab-cdef0123"
    running.communicate()
    assert is_gone(named(running.pid))
    assert not is_gone(elsewhere)
    for unknown in ("", "host:1", f"host:{running.pid}:a1b2c3d4", process_owner()):
        assert not is_gone(unknown)


def test_objects_loaded_at_the_start_are_excluded_from_garbage_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("READY_FILE", raising=False)
    # Unfreezing what the tests froze would make the collector scan all of it here.
    frozen = gc.get_freeze_count()
    loaded = [[] for _ in range(10_000)]
    ready()
    assert gc.get_freeze_count() >= frozen + len(loaded)
