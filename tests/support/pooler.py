"""PgBouncer in transaction mode in front of a test's database, so that clients get a server connection only for each
transaction.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from tests.support.postgres import database_name, in_own_thread
from umbral.demo.loopback import free_port

LENT: Final = 3
"""Number of server connections shared by all clients."""
_UNPRIVILEGED: Final = "nobody"
_PATIENCE_S: Final = 90.0


@contextmanager
def pooled(url: str, folder: Path, server_connections: int = LENT) -> Iterator[str]:
    """Yield the URL of the same database through a new PgBouncer. The test is skipped if PgBouncer is not installed."""
    # Debian installs servers in a folder that is only on root's path.
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("needs PgBouncer: apt-get install pgbouncer")
    port, parts = free_port(), urlsplit(url)
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        "[databases]\n"
        f"{database_name(url)} = host={parts.hostname} port={parts.port}"
        f" user={parts.username} password={parts.password}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = transaction\ndefault_pool_size = {server_connections}\nmax_client_conn = 200\n"
        # Round robin changes the server connection each time, as with many connections, so that a client does not find
        # its own session state again by chance.
        "server_round_robin = 1\nlog_connections = 0\nlog_disconnections = 0\n"
    )
    become = ["-u", _UNPRIVILEGED] if os.getuid() == 0 else []
    with subprocess.Popen([program, "-q", *become, settings]) as running:
        try:
            address = urlunsplit(parts._replace(netloc=f"{parts.username}:any@127.0.0.1:{port}"))
            in_own_thread(lambda: asyncio.run(_answers(address)))
            yield address
        finally:
            running.terminate()


async def _answers(url: str) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            try:
                connection = await asyncpg.connect(url, statement_cache_size=0)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            await connection.close()
            return
