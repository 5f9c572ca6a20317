"""Comparison with an alternative product, dj-stripe, in the same run and in a separate environment.

The measurement favours dj-stripe: it includes only verification and storage, with a callback that does nothing. By
default, dj-stripe also fetches the event's object from Stripe inside the request, which our web process leaves to the
worker (github.com/dj-stripe/dj-stripe, `models/webhooks.py`).
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import asyncpg

from benchmarks.processes import stop
from umbral.demo.loopback import HOST, free_port

HERE: Final = Path(__file__).parent
ENVIRONMENT: Final = Path(sys.prefix) / "peer"
PACKAGES: Final = ("dj-stripe==2.11.0", "Django==5.2.19", "gunicorn==27.0.1", "psycopg[binary]==3.3.9")
"""Versions of the packages used for the first comparison."""
THREADS: Final = 16
START_S: Final = 60
DATABASE: Final = "peer"


class Unavailable(Exception):
    """Raised if the packages of dj-stripe cannot be installed on this machine."""


def environment() -> Path:
    """Return the Python interpreter of dj-stripe's environment; all packages are installed on first use. Raise
    Unavailable with the last line of the error output if the installation fails.
    """
    python, done = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "done.json"
    if not done.exists() or json.loads(done.read_text()) != list(PACKAGES):
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], capture_output=True, text=True, check=False
        )
        if made.returncode == 0:
            words = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
            made = subprocess.run(words, capture_output=True, text=True, check=False)
        if made.returncode:
            raise Unavailable(made.stderr.strip().rpartition("\n")[2])
        done.write_text(json.dumps(PACKAGES))
    return python


def _environ(database_url: str, secret: str) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(HERE),
        "DJANGO_SETTINGS_MODULE": "peer_settings",
        "PEER_DATABASE": database_url,
        "PEER_SECRET": secret,
    }


async def _run(python: Path, environ: Mapping[str, str], *words: str) -> str:
    running = await asyncio.create_subprocess_exec(
        str(python), *words, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complained = await running.communicate()
    if running.returncode:
        raise Unavailable(f"{' '.join(words)}: {complained.decode()[-1000:]}")
    return said.decode().strip()


@asynccontextmanager
async def dj_stripe(server_url: str, secret: str, folder: Path) -> AsyncIterator[tuple[int, str, int]]:
    """Run one process of dj-stripe, with threads, on a new database; yield its port, its webhook's path and its pid.
    Raise Unavailable if dj-stripe cannot be installed or started.

    secret: secret that signs the events.
    """
    python = await asyncio.to_thread(environment)
    connection = await asyncpg.connect(server_url)
    await connection.execute(f"CREATE DATABASE {DATABASE}")
    await connection.close()
    environ = _environ(f"{server_url.rpartition('/')[0]}/{DATABASE}", secret)
    await _run(python, environ, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0")
    path = await _run(python, environ, "-m", "peer_site")
    port = free_port()
    words = ("--workers", "1", "--threads", str(THREADS), "--worker-class", "gthread", "--keep-alive", "75")
    with (folder / "peer.log").open("ab") as log:
        master = await asyncio.create_subprocess_exec(
            *(str(python), "-m", "gunicorn", *words, "--bind", f"{HOST}:{port}", "peer_site:application"),
            env=environ,
            stdout=log,
            stderr=log,
        )
    try:
        yield port, path, await _worker_of(master, port)
    finally:
        await stop(master)


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def _worker_of(master: Process, port: int) -> int:
    """Wait until dj-stripe accepts connections, and return the pid of its worker process. Raise Unavailable if it does
    not start in time.
    """
    for _ in range(START_S * 10):
        with suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, port)
            writer.close()
            if ids := _children(master.pid):
                return ids[0]
        await asyncio.sleep(0.1)
    raise Unavailable("gunicorn did not start")
