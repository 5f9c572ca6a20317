"""Client of a fork server: starts the server, sends orders to it, and provides a handle for each started process; see
`fork_server.py`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Final, Self

from umbral.demo import fork_server

SERVER_ARGUMENTS: Final = ("-u", "-P", "-m", "umbral.demo.fork_server")
"""Python arguments that start a fork server; the file descriptors of two sockets and the modules to load follow. With
`-u`, forked processes write unbuffered, like separately started processes with `PYTHONUNBUFFERED`.
"""
_LOOK_SECONDS = 0.02
_START_SECONDS = 300.0
"""Timeout of a process's start, in seconds. The first start waits until all modules are loaded."""


class ForkClient:
    """Handle of a fork server, as a context manager; none of the server's processes ever outlives this process."""

    def __init__(self, modules: Sequence[str] = fork_server.SHARED, script: Sequence[str] = SERVER_ARGUMENTS) -> None:
        """Start a fork server, which immediately begins to load the modules. script: Python's arguments with which the
        fork server is started.
        """
        # In the system's temporary folder, because the path of a socket has to be short.
        self._folder = TemporaryDirectory(prefix="fork_server")
        self.address = Path(self._folder.name) / "orders"
        """Path of the socket on which the fork server accepts orders; see `ForkedProcess`."""
        self._words = list(script), list(modules)
        self._begin()

    def _begin(self) -> None:
        self._life, theirs = socket.socketpair()
        with theirs:
            self._process = begin(self.address, theirs, *self._words)

    def __enter__(self) -> ForkClient:
        """Return this handle; the fork server is already running."""
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the fork server."""
        self.close()

    def start(self, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> ForkedProcess:
        """Start a command in the fork server; see `umbral.demo.child_process.Starter`. A fork server that died is
        restarted.
        """
        if self._process.poll() is not None:
            self._life.close()
            self.address.unlink(missing_ok=True)
            self._begin()
        return ForkedProcess(self.address, command, log=log, env=env)

    def ready(self) -> Self:
        """Wait until all modules are loaded, so that loading does not count towards a test's timeout."""
        self.start([sys.executable, "-c", ""], log=Path(os.devnull)).wait(_START_SECONDS)
        return self

    def close(self) -> None:
        """Stop the fork server and all processes that it started."""
        self._life.close()
        self._process.wait(300)
        self._folder.cleanup()


def begin(address: Path, life: socket.socket, script: Sequence[str], modules: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a fork server that accepts orders at this address until the other end of the socket `life` is closed."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen(64)
        ends = (listening.fileno(), life.fileno())
        command = [sys.executable, *script, *map(str, ends), *modules]
        # Processes of the fork server receive their own output.
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, pass_fds=ends, stdin=quiet, stdout=quiet, start_new_session=True)


class ForkedProcess:
    """Process started in a fork server, which ends with its owner; see `umbral.demo.child_process.Started`."""

    def __init__(
        self, fork_server: Path, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        """Start `command`, Python's `-m` or `-c`, immediately. Raise ChildProcessError if the fork server has ended."""
        self._command, self._lock = list(command), Lock()
        self._status: int | None = None
        self._line = socket.socket(socket.AF_UNIX)
        try:
            self._line.settimeout(_START_SECONDS)
            self._line.connect(str(fork_server))
            order = {"command": self._command, "log": str(log), "env": dict(os.environ if env is None else env)}
            self._line.sendall(f"{json.dumps(order)}\n".encode())
            self._answers = self._line.makefile("rb", buffering=0)
            self.pid: int = self._read_answer()["pid"]
        except (OSError, KeyError) as error:
            self._line.close()
            raise ChildProcessError("the fork server has ended") from error

    def poll(self) -> int | None:
        """Return the exit status (negative: the signal), or None while the process runs."""
        with self._lock:
            if self._status is None and select.select([self._line], [], [], 0)[0]:
                # Without an answer the fork server itself has ended, and all its processes with it.
                self._status = self._read_answer().get("status", -signal.SIGKILL)
                self._answers.close()
                self._line.close()
            return self._status

    def wait(self, seconds: float) -> int:
        """Return the exit status; raise subprocess.TimeoutExpired if the process does not end in time."""
        end = time.monotonic() + seconds
        while (status := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(self._command, seconds)
            time.sleep(_LOOK_SECONDS)
        return status

    def send(self, which: signal.Signals) -> None:
        """Send a signal if the process is still running."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, which)

    def stop(self, *steps: tuple[signal.Signals, float]) -> int:
        """End the process. steps: pairs of a signal and the seconds to wait after it for the process to end; SIGKILL
        follows the last step. Return the exit status.
        """
        for step, seconds in steps:
            self.send(step)
            with suppress(subprocess.TimeoutExpired):
                return self.wait(seconds)
        self.send(signal.SIGKILL)
        return self.wait(_START_SECONDS)

    def _read_answer(self) -> dict[str, Any]:
        with suppress(ConnectionResetError):
            answer: dict[str, Any] = json.loads(self._answers.readline() or b"{}")
            return answer
        return {}
