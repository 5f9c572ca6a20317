"""Limit of a process's open files, and the log of connections that cannot be accepted."""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
from typing import Any

import pytest
from structlog.testing import capture_logs

from subscriptions.bootstrap.open_files import LOG_EVERY_S, ShortageLog

RAISE = """
import resource, sys
from subscriptions.bootstrap.open_files import raise_file_limit
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
raise_file_limit(600)
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "raised"), [(128, 1000, "600 1000"), (128, 300, "300 300"), (900, 1000, "900 1000")]
)
def test_soft_limit_is_raised_as_far_as_the_system_permits(soft: int, hard: int, raised: str) -> None:
    command = [sys.executable, "-c", RAISE, str(soft), str(hard)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == raised


def test_running_process_has_raised_its_limit() -> None:
    program = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 1000))
from subscriptions.bootstrap import process
from subscriptions.bootstrap.settings.core import CoreSettings
process.run_process("web", CoreSettings, None)
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    ran = subprocess.run([sys.executable, "-c", program], env={}, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "1000 1000", ran.stderr


async def test_shortage_is_logged_once_a_minute_with_the_number_of_errors() -> None:
    now = [0.0]
    handler, loop = ShortageLog(lambda: now[0]), asyncio.get_running_loop()
    context: dict[str, Any] = {
        "message": "socket.accept() out of system resource",
        "exception": OSError(errno.EMFILE, "Too many open files"),
        "socket": None,
    }
    with capture_logs() as logs:
        for _ in range(1000):
            handler(loop, context)
        now[0] += LOG_EVERY_S
        handler(loop, context)
    assert [each["errors"] for each in logs] == [1, 1000]


async def test_other_errors_are_logged_by_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    handler, loop = ShortageLog(), asyncio.get_running_loop()
    handler(loop, {"message": "a task failed", "exception": ValueError("once")})
    handler(loop, {"message": "no socket", "exception": OSError(errno.EMFILE, "Too many open files")})
    assert [record.message for record in caplog.records] == ["a task failed", "no socket"]
