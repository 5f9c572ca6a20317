"""A webhook endpoint on loopback by real HTTP, with responses chosen by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class ReceivedRequest:
    """One received request. headers: header values, keyed by lower-case name."""

    head: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """A webhook endpoint. status: status of its responses; 0 sends no response. more: further header lines of the
    responses.
    """

    port: int = 0
    status: int = 204
    more: str = ""
    requests: list[ReceivedRequest] = field(default_factory=list)

    @property
    def url(self) -> str:
        """URL of the endpoint."""
        return f"http://127.0.0.1:{self.port}/hooks?from=umbral"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            parts = (line.partition(": ") for line in lines if line)
            headers = {name.lower(): value for name, _, value in parts}
            self.requests.append(
                ReceivedRequest(head, headers, await reader.readexactly(int(headers["content-length"])))
            )
            if self.status:
                writer.write(f"HTTP/1.1 {self.status} X\r\n{self.more}content-length: 0\r\n\r\n".encode())
                await writer.drain()
            else:
                await reader.read()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """Run an endpoint while the block runs."""
    listener = Listener()
    server = await asyncio.start_server(listener._answer, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()
