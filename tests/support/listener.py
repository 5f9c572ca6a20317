"""A program of the operator's that is told what happens: real HTTP on loopback, answering as a test likes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Heard:
    """One request. headers: by their names in small letters."""

    head: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """status: what it answers; 0: nothing at all. more: further lines of the answer's head."""

    port: int = 0
    status: int = 204
    more: str = ""
    heard: list[Heard] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hooks?from=umbral"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            parts = (line.partition(": ") for line in lines if line)
            headers = {name.lower(): value for name, _, value in parts}
            self.heard.append(Heard(head, headers, await reader.readexactly(int(headers["content-length"]))))
            if self.status:
                writer.write(f"HTTP/1.1 {self.status} X\r\n{self.more}content-length: 0\r\n\r\n".encode())
                await writer.drain()
            else:
                await reader.read()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """One that runs as long as the block."""
    listener = Listener()
    server = await asyncio.start_server(listener._answer, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()
