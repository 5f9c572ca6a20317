"""Small TCP servers between a gateway and its provider: one counts connections, one never answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_CHUNK = 65_536

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Wire:
    """Running TCP server. opened: number of connections so far."""

    port: int = 0
    opened: int = 0
    live: set[asyncio.StreamWriter] = field(default_factory=set)
    _nobody: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Return the address of the server."""
        return f"http://127.0.0.1:{self.port}"

    def come(self, writer: asyncio.StreamWriter) -> None:
        """Register an open connection."""
        self.opened += 1
        self.live.add(writer)
        self._nobody.clear()

    def go(self, writer: asyncio.StreamWriter) -> None:
        """Remove a closed connection."""
        self.live.discard(writer)
        if not self.live:
            self._nobody.set()

    async def emptied(self, seconds: float) -> None:
        """Wait until no connection is open, but no longer than this number of seconds."""
        if self.live:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nobody.wait(), seconds)

    def instead_of(self, url: str, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the settings with the provider's address replaced by this server's."""
        there, here = urlsplit(url).netloc, f"127.0.0.1:{self.port}"
        return {name: value.replace(there, here) for name, value in environ.items()}


@asynccontextmanager
async def counting_wire(to: str) -> AsyncIterator[Wire]:
    """Provide a server that counts connections and forwards everything to this address, in both directions."""
    port = urlsplit(to).port

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(_pour(reader, onward_writer), _pour(onward_reader, writer))
        finally:
            onward_writer.close()

    async with _listening(serve) as wire:
        yield wire


@asynccontextmanager
async def silent_wire() -> AsyncIterator[Wire]:
    """Provide a server that accepts everything and never responds."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(_CHUNK):
            pass

    async with _listening(serve) as wire:
        yield wire


@asynccontextmanager
async def _listening(serve: Serve) -> AsyncIterator[Wire]:
    wire, tasks = Wire(), set[asyncio.Task[None]]()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        wire.come(writer)
        try:
            with suppress(OSError):
                await serve(reader, writer)
        finally:
            wire.go(writer)
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    with suppress(OSError):
        writer.write_eof()
