"""Connections to the bot's webhook that send an incomplete request, or send a request too slowly, and are closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.webhook import webhook_runner

REQUEST = b"GET / HTTP/1.1\r\nHost: umbral\r\n\r\n"
SHORT, PATIENCE_S = 2.0, 90


async def trickling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
    """Send one byte after the other until the server closes the connection."""
    try:
        writer.write(head)
        ended = asyncio.create_task(reader.read())
        while not ended.done():
            writer.write(b"x")
            await writer.drain()
            await asyncio.wait([ended], timeout=SHORT / 10)
    except ConnectionError:
        return


@asynccontextmanager
async def webhook_port() -> AsyncIterator[int]:
    """Run a webhook server with a short timeout and yield its port."""

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    runner = webhook_runner(app, SHORT)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def test_slow_or_silent_connection_is_closed() -> None:
    async with webhook_port() as port, asyncio.timeout(PATIENCE_S):
        later = await asyncio.open_connection("127.0.0.1", port)
        later[1].write(REQUEST)
        assert await later[0].readuntil(b"hello")
        first, silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await asyncio.gather(
            trickling(*first, b"GET / HTTP/1.1\r\nX: "), trickling(*later, b"GET / HTTP/1.1\r\nX: "), silent[0].read()
        )
        quick = await asyncio.open_connection("127.0.0.1", port)
        quick[1].write(REQUEST)
        assert await quick[0].readuntil(b"hello")
        for _, writer in (first, later, silent, quick):
            writer.close()
