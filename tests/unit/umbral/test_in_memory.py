"""Check that the folder of the tests' databases is in memory or, if memory is insufficient, on a disk, and that no
files remain.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.in_memory import folder_in_memory


def test_test_folders_of_this_process_and_of_killed_processes_are_removed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as killed:
        pass
    left, of_another = (tmp_path / f"umbral-tests-{pid}-x" for pid in (killed.pid, os.getppid()))
    for folder in (left, of_another):
        (folder / "postgres").mkdir(parents=True)
    with folder_in_memory(tmp_path / "disk", tmp_path, room=0) as own:
        assert own.parent == tmp_path
        assert list(own.iterdir()) == []
        assert set(tmp_path.iterdir()) == {own, of_another}
    assert list(tmp_path.iterdir()) == [of_another]


def test_disk_is_used_if_memory_is_insufficient(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with folder_in_memory(disk, tmp_path / "nowhere", room=0) as folder:
        assert folder == disk
    with folder_in_memory(disk, tmp_path, room=1 << 60) as folder:
        assert folder == disk
