"""What time it is by a web server's answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from subscriptions.infrastructure.clock_witness import ClockWitness

HEAD = "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nConnection: close\r\n"


@asynccontextmanager
async def answering(more: str) -> AsyncIterator[str]:
    """A server's address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"{HEAD}{more}\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_it_says_its_date_and_is_not_asked_again_at_once() -> None:
    async with answering("Date: Sun, 01 Mar 2026 12:00:07 GMT\r\n") as url:
        witness = ClockWitness(url)
        assert await witness() == datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)
        assert await witness() is None


@pytest.mark.parametrize("more", ["", "Date: soon\r\n"], ids=["no date", "no time"])
async def test_one_that_says_nothing_is_none(more: str) -> None:
    async with answering(more) as url:
        assert await ClockWitness(url)() is None


@pytest.mark.parametrize("url", ["off", "http://127.0.0.1:1/"])
async def test_nobody_there(url: str) -> None:
    assert await ClockWitness(url)() is None
