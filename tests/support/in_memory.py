"""A folder in memory for the databases of a test process, because creating a database on disk takes five times the
processor time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil

MEMORY: Final = Path("/dev/shm")  # noqa: S108  # there a folder of our own, which nobody else can enter
ROOM: Final = 4 << 30
"""Free bytes required in memory: enough for six test processes and the machine's other work."""
_PREFIX: Final = "umbral-tests-"


@contextmanager
def folder_in_memory(otherwise: Path, memory: Path = MEMORY, room: int = ROOM) -> Iterator[Path]:
    """Yield an empty folder for this process, deleted at the end of the block. Yield `otherwise` if memory has too
    little free space.
    """
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < room:
        yield otherwise
        return
    _delete_leftovers(memory)
    with TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=memory, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _delete_leftovers(memory: Path) -> None:
    """Delete the folders of test processes that were killed."""
    for folder in memory.glob(f"{_PREFIX}*"):
        owner = int(folder.name.removeprefix(_PREFIX).partition("-")[0])
        if not psutil.pid_exists(owner):
            shutil.rmtree(folder, ignore_errors=True)
