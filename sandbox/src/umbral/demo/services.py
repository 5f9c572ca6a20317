"""The processes of the demo as the supervisor sees them: start, ask, stop, last words."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from umbral.demo.postgres import EmbeddedPostgres
from umbral.demo.tether import Tethered

_LAST_LINES = 15
_LOG_LIMIT = 5_000_000
_GENTLE_STOP = ((signal.SIGTERM, 8.0),)


class Service(Protocol):
    """One long-running process."""

    @property
    def name(self) -> str:
        """How people know it."""
        ...

    @property
    def pid(self) -> int:
        """The process itself; only after a start."""
        ...

    def start(self) -> None:
        """Start it; it need not be ready at the return."""
        ...

    def is_ready(self) -> bool:
        """Whether it does its work."""
        ...

    def poll(self) -> int | None:
        """Its exit status once it has died; negative is the signal."""
        ...

    def ask_to_stop(self) -> None:
        """Begin to end it, without waiting."""
        ...

    def stop(self) -> None:
        """End it and wait for the end."""
        ...

    def last_words(self) -> str:
        """The end of what it wrote since its last start."""
        ...


class CommandService:
    """A command in a process of its own, with a log file of its own."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        ready_file: Path,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is started yet; the process makes `ready_file` when it works."""
        self.name = name
        self._command, self._log, self._ready_file, self._env = list(command), log, ready_file, env
        self._process: Tethered | None = None
        self._said_before = 0

    @property
    def pid(self) -> int:
        """The process itself, not a wrapper."""
        return self._running.pid

    def start(self) -> None:
        """Start the command, its log continued."""
        self._ready_file.unlink(missing_ok=True)
        self._said_before = begin_log(self._log)
        self._process = Tethered(self._command, log=self._log, env=self._env)

    def is_ready(self) -> bool:
        """Whether it made its ready file."""
        return self._ready_file.exists()

    def poll(self) -> int | None:
        """Its exit status once it has died."""
        return self._running.poll()

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self._running.send(signal.SIGTERM)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL after 8 s."""
        if self._process is not None:
            self._process.stop(*_GENTLE_STOP)

    def last_words(self) -> str:
        """The last lines of its log since it was started."""
        return last_lines(self._log, self._said_before)

    @property
    def _running(self) -> Tethered:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process


class PostgresService:
    """The embedded PostgreSQL."""

    name = "postgres"

    def __init__(self, server: EmbeddedPostgres) -> None:
        """Take a server that is started or not."""
        self._server = server
        self.pid = 0

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self._server.start()
        self.pid = self._server.pid

    def is_ready(self) -> bool:
        """It is, once `start` has returned."""
        return self._server.poll() is None

    def poll(self) -> int | None:
        """Its exit status once it has died."""
        return self._server.poll()

    def ask_to_stop(self) -> None:
        """Nothing: it has no work of its own to finish."""

    def stop(self) -> None:
        """End it."""
        self._server.stop()

    def last_words(self) -> str:
        """The end of its log."""
        return self._server.last_words()


def begin_log(log: Path) -> int:
    """Start a log anew once it has grown big, and say where what comes next begins."""
    log.parent.mkdir(parents=True, exist_ok=True)
    size = log.stat().st_size if log.exists() else 0
    if size > _LOG_LIMIT:
        log.rename(log.with_suffix(".old.log"))
        return 0
    return size


def last_lines(log: Path, since: int) -> str:
    """The last lines written after byte `since`."""
    with log.open("rb") as file:
        file.seek(max(since, log.stat().st_size - 20_000))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-_LAST_LINES:])
