"""Detection and termination of processes by their ids, and a lock that is released when its holder dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import Timeout

from umbral.demo.file_lock import lock_in
from umbral.demo.process_table import command_of, end, wait_until_gone

HOLDS = """
import sys
from pathlib import Path
from umbral.demo.file_lock import lock_in
lock = lock_in(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""
SLEEPS = "import time; print('here', flush=True); time.sleep(600)"


def test_zombie_process_is_treated_as_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

        assert command_of(child.pid) is None
        assert wait_until_gone(child.pid, seconds=0)
        assert child.wait() == 0


def test_unused_process_id_has_no_command_and_cannot_be_terminated(tmp_path: Path) -> None:
    for pid in (2**22 + 1, 10**12):
        assert command_of(pid) is None
        end(pid, tmp_path, (signal.SIGKILL, 0))


def test_process_is_terminated_with_increasing_force_only_if_it_has_the_folder_as_argument(tmp_path: Path) -> None:
    ignores = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {SLEEPS}"
    with subprocess.Popen([sys.executable, "-c", ignores, str(tmp_path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()

        end(child.pid, tmp_path / "another", (signal.SIGKILL, 0))
        assert str(tmp_path) in (command_of(child.pid) or "")

        end(child.pid, tmp_path, (signal.SIGINT, 0.1), (signal.SIGTERM, 90))
        assert child.wait() == -signal.SIGTERM


def test_lock_is_released_when_its_holder_dies(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        lock = lock_in(path)
        with pytest.raises(Timeout):
            lock.acquire()

        holder.kill()
        holder.wait()

        lock.acquire()
    assert path.stat().st_mode & 0o777 == 0o600


def test_lock_can_be_released_by_another_thread(tmp_path: Path) -> None:
    lock = lock_in(tmp_path / "lock")
    lock.acquire()

    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()

    lock_in(tmp_path / "lock").acquire()
