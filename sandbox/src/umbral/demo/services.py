"""Processes of the demo as services of the supervisor: start, readiness, stop, last output."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from umbral.demo.child_process import ChildProcess, Started, Starter
from umbral.demo.postgres import EmbeddedPostgres

_LAST_LINES = 15
_LOG_LIMIT = 5_000_000
_GENTLE_STOP = ((signal.SIGTERM, 8.0),)


class Service(Protocol):
    """Long-running process that the supervisor starts, watches and stops."""

    @property
    def name(self) -> str:
        """Return the name of the service in reports."""
        ...

    @property
    def pid(self) -> int:
        """Return the pid of the process itself; available only after a start."""
        ...

    def start(self) -> None:
        """Start the process; the process need not be ready on return."""
        ...

    def is_ready(self) -> bool:
        """Return True if the process has reported that it is ready."""
        ...

    def poll(self) -> int | None:
        """Return the exit status of a dead process (negative: the signal), or None."""
        ...

    def ask_to_stop(self) -> None:
        """Request the end of the process, without waiting."""
        ...

    def stop(self) -> None:
        """End the process and wait for its end."""
        ...

    def last_words(self) -> str:
        """Return the end of the output since the last start."""
        ...


class CommandService:
    """Command run as a separate process, with its own log file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        ready_file: Path,
        env: Mapping[str, str] | None = None,
        starter: Starter = ChildProcess,
    ) -> None:
        """Create a service that is not started; the process creates `ready_file` when it is ready."""
        self.name = name
        self._command, self._log, self._ready_file, self._env = list(command), log, ready_file, env
        self._starter = starter
        self._process: Started | None = None
        self._said_before = 0

    @property
    def pid(self) -> int:
        """Return the pid of the process itself, not of a wrapper."""
        return self._running.pid

    def start(self) -> None:
        """Start the command and append to its log."""
        self._ready_file.unlink(missing_ok=True)
        self._said_before = begin_log(self._log)
        self._process = self._starter(self._command, log=self._log, env=self._env)

    def is_ready(self) -> bool:
        """Return True if the ready file exists."""
        return self._ready_file.exists()

    def poll(self) -> int | None:
        """Return the exit status of a dead process, or None."""
        return self._running.poll()

    def ask_to_stop(self) -> None:
        """Request the end of the process with SIGTERM."""
        self._running.send(signal.SIGTERM)

    def stop(self) -> None:
        """Send SIGTERM, and SIGKILL after 8 s."""
        if self._process is not None:
            self._process.stop(*_GENTLE_STOP)

    def last_words(self) -> str:
        """Return the last lines of the log since the start."""
        return last_lines(self._log, self._said_before)

    @property
    def _running(self) -> Started:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process


class PostgresService:
    """Service of the embedded PostgreSQL."""

    name = "postgres"

    def __init__(self, server: EmbeddedPostgres) -> None:
        """Create the service of a server, which may be started already."""
        self._server = server
        self.pid = 0

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        self._server.start()
        self.pid = self._server.pid

    def is_ready(self) -> bool:
        """Return True while the server runs: `start` returns only when the server is ready."""
        return self._server.poll() is None

    def poll(self) -> int | None:
        """Return the exit status of a dead server, or None."""
        return self._server.poll()

    def ask_to_stop(self) -> None:
        """Do nothing: the server has no work to finish."""

    def stop(self) -> None:
        """Stop the server."""
        self._server.stop()

    def last_words(self) -> str:
        """Return the end of the server's log."""
        return self._server.last_words()


def begin_log(log: Path) -> int:
    """Start a new log if the old one is large, and return the position of the next output."""
    log.parent.mkdir(parents=True, exist_ok=True)
    size = log.stat().st_size if log.exists() else 0
    if size > _LOG_LIMIT:
        log.rename(log.with_suffix(".old.log"))
        return 0
    return size


def last_lines(log: Path, since: int) -> str:
    """Return the last lines written after byte `since`."""
    with log.open("rb") as file:
        file.seek(max(since, log.stat().st_size - 20_000))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-_LAST_LINES:])
