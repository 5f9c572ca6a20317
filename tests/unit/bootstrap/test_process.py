"""What a process does when it begins its work; that another runs no more is said only where it is certain."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from subscriptions.bootstrap.process import is_gone, process_owner, ready


def named(pid: int) -> str:
    """As a process with that id beside this one calls itself."""
    machine, _, run = process_owner().split(":")
    return f"{machine}:{pid}:{run}"


def test_only_who_ended_here_is_gone() -> None:
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


def test_what_is_loaded_when_work_begins_is_not_looked_through_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("READY_FILE", raising=False)
    # To let go of what the tests froze would have all of it looked through here.
    frozen = gc.get_freeze_count()
    loaded = [[] for _ in range(10_000)]
    ready()
    assert gc.get_freeze_count() >= frozen + len(loaded)
