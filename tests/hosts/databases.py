"""PostgreSQL on one machine, and a standby on another machine that stores every commit before the client receives the
confirmation.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.hosts.network import DATABASE, HOSTS, Network
from tests.support.demo import eventually
from umbral.demo.child_process import ChildProcess
from umbral.demo.postgres import EmbeddedPostgres
from umbral.demo.postgres_home import PostgresHome, find_home

PORT: Final = 5432
_FROM_ALL: Final = "".join(f"host {what} all 127.77.0.0/24 scram-sha-256\n" for what in ("all", "replication"))
_BOTH: Final = {
    "wal_level": "replica",
    "hot_standby": "on",
    "timezone": "UTC",
    "synchronous_commit": "on",
    # Both sides notice a broken connection within seconds.
    "wal_sender_timeout": "4s",
    "wal_receiver_timeout": "4s",
    "wal_retrieve_retry_interval": "500ms",
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
}
_READY_SECONDS: Final = 60.0


class Databases:
    """The primary server and its standby."""

    def __init__(self, folder: Path, network: Network) -> None:
        self._folder, self._network = folder, network
        self._servers: dict[str, ChildProcess] = {}
        self._password = ""

    def url(self, host: str = DATABASE) -> str:
        """Return the superuser's URL at a host; by default at the primary's address."""
        return f"postgresql://postgres:{self._password}@{host}:{PORT}/postgres"

    def start(self) -> None:
        """Start both servers. Each commit waits for the standby."""
        home = self._made(self._folder / "data")
        self._serve("data", home, {"synchronous_standby_names": "ANY 1 (*)", "synchronous_commit": "local"})
        self._network.serve_database("data")
        self._wait("data")
        copy = find_home(_folder(self._folder / "spare"))
        target = copy.folder / "data"
        command = ["pg_basebackup", "-h", HOSTS["data"], "-p", str(PORT), "-U", "postgres", "-D", str(target), "-R"]
        target.mkdir(mode=0o700)
        copy.hand_over(target)
        self._tool("spare", copy, command)
        self._serve("spare", copy, {"synchronous_standby_names": ""})
        self._wait("spare")
        # From here on every confirmed commit is on the standby.
        self._servers.pop("data").stop((signal.SIGINT, 10.0))
        self._serve("data", home, {"synchronous_standby_names": "ANY 1 (*)"})
        self._wait("data")

    def promote(self) -> None:
        """Promote the standby and move the database's address to it."""
        home = find_home(self._folder / "spare")
        self._tool("spare", home, ["pg_ctl", "promote", "-D", str(home.folder / "data")])
        self._network.serve_database("spare")

    def stop(self) -> None:
        """Stop both servers."""
        for server in self._servers.values():
            server.stop((signal.SIGINT, 5.0), (signal.SIGQUIT, 5.0))

    def _made(self, folder: Path) -> PostgresHome:
        with EmbeddedPostgres(folder) as made:
            self._password = urlsplit(made.url).password or ""
        home = find_home(folder)
        with (home.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(_FROM_ALL)
        return home

    def _serve(self, host: str, home: PostgresHome, settings: Mapping[str, str]) -> None:
        command = [*home.prefix, str(home.binaries / "postgres"), "-D", str(home.folder / "data"), "-k", ""]
        for name, value in {**_BOTH, "listen_addresses": "*", "port": str(PORT), **settings}.items():
            command += ["-c", f"{name}={value}"]
        start = ["ip", "netns", "exec", self._network.name(host), *command]
        self._servers[host] = ChildProcess(start, log=self._folder / f"{host}.log", death=signal.SIGINT)

    def _tool(self, host: str, home: PostgresHome, command: list[str]) -> None:
        binary, *words = command
        whole = ["ip", "netns", "exec", self._network.name(host), *home.prefix, str(home.binaries / binary), *words]
        subprocess.run(whole, check=True, env={**os.environ, "PGPASSWORD": self._password}, stdout=subprocess.DEVNULL)

    def _wait(self, host: str) -> None:
        home = find_home(self._folder / host)
        server = self._servers[host]
        probe = ["ip", "netns", "exec", self._network.name(host), str(home.binaries / "pg_isready"), "-q"]
        probe += ["-h", HOSTS[host], "-p", str(PORT)]
        eventually(_answers(server, probe, self._folder / f"{host}.log"), f"PostgreSQL on {host}", _READY_SECONDS)


def _answers(server: ChildProcess, probe: list[str], log: Path) -> Callable[[], bool | None]:
    def look() -> bool | None:
        assert server.poll() is None, log.read_text()[-2000:]
        return subprocess.run(probe, check=False).returncode == 0 or None

    return look


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path
