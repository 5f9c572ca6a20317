"""A server with the web process's limits and a minimal application, and client connections on which tests send and read
bytes directly.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from web.addresses import Proxies
from web.connections import ConnectionLimiter
from web.http_protocol import Timeouts, server_config
from web.serving import Server, serve_all

GET = b"GET / HTTP/1.1\r\nHost: umbral\r\n\r\n"
STRANGER = "127.0.0.2"
"""Second loopback address of this machine, used as the address of another visitor."""
SHORT = 2.0
PATIENCE_S = 90


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Respond with the length of the body after it has arrived; the path `/now` does not wait for the body."""
    request = Request(scope, receive)
    body = b"" if request.url.path == "/now" else await request.body()
    await PlainTextResponse(f"{len(body)} bytes")(scope, receive, send)


class Visitor:
    """A client connection on which a test sends and reads bytes directly."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @property
    def port(self) -> int:
        """Port of the server."""
        return int(self._writer.get_extra_info("peername")[1])

    async def say(self, *parts: bytes) -> None:
        try:
            for part in parts:
                self._writer.write(part)
                await self._writer.drain()
        except ConnectionError:
            return

    async def answer(self) -> bytes:
        """Return one complete response, or empty bytes if the connection ends."""
        try:
            head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            return head + await self._reader.readexactly(length)
        except (ConnectionError, asyncio.IncompleteReadError, StopIteration):
            return b""

    async def ended(self) -> bool:
        """Wait until the server closes the connection, and return True."""
        try:
            while await asyncio.wait_for(self._reader.read(65536), PATIENCE_S):
                pass
        except ConnectionError:
            return True
        return True

    async def go(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


Come = Callable[..., Awaitable[Visitor]]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def http_server(
    limiter: ConnectionLimiter | None = None, *, head_s: float = PATIENCE_S, request_s: float = PATIENCE_S
) -> AsyncIterator[tuple[Come, ConnectionLimiter]]:
    """Run a server with the given limits. Yields a function that opens a connection, and the connection limiter."""
    limiter = ConnectionLimiter(Proxies(), 100) if limiter is None else limiter
    timeouts = Timeouts(head_s, request_s)
    server = Server(server_config(echo, limiter, host="127.0.0.1", port=0, stop_grace_s=1, timeouts=timeouts))
    stop = asyncio.Event()
    serving = asyncio.create_task(serve_all((server,), stop))
    await asyncio.wait_for(server.readiness.wait(), PATIENCE_S)
    port, visitors = server.servers[0].sockets[0].getsockname()[1], list[Visitor]()

    async def come(address: str = "127.0.0.1") -> Visitor:
        visitors.append(Visitor(*await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))))
        return visitors[-1]

    try:
        yield come, limiter
    finally:
        for visitor in visitors:
            await visitor.go()
        stop.set()
        await asyncio.wait_for(serving, PATIENCE_S)
