"""Connections beyond the limit of open files are neither logged one by one nor in the way of visitors."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.http_server import GET, PATIENCE_S, Visitor

ROOT = Path(__file__).parents[3]
FLOOD = 1500
MOST_LOGGED = 20_000
"""Maximum size of the log, in bytes. A single traceback has more than a kilobyte."""


@pytest.mark.parametrize("files", [200, 1024])
async def test_flood_of_connections_is_served_and_logged_once(files: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.limited_server", str(files)]
    with (tmp_path / "log").open("wb") as log:
        server = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=log)
    assert server.stdout is not None
    port = int(await asyncio.wait_for(server.stdout.readline(), PATIENCE_S))

    async def come() -> Visitor:
        return Visitor(*await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), PATIENCE_S))

    try:
        async with AsyncExitStack() as stack:
            for visitor in await asyncio.gather(*(come() for _ in range(FLOOD))):
                stack.push_async_callback(visitor.go)
            for _ in range(5):
                visitor = await come()
                stack.push_async_callback(visitor.go)
                await visitor.say(GET)
                assert (await visitor.answer()).startswith(b"HTTP/1.1 200")
    finally:
        server.terminate()
        await server.wait()
    logged = (tmp_path / "log").read_text()
    assert len(logged) < MOST_LOGGED, logged[:2000]
