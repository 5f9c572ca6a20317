"""Local HTTP server with fixed responses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

Answer = tuple[int, bytes]
"""Status and body of a response. For a redirect, the body is the path of the target."""


@asynccontextmanager
async def files_server(answers: Mapping[str, Answer]) -> AsyncIterator[str]:
    """Run the server and yield its URL. Each path has the given response; other paths get a 404."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        status, body = answers.get(head.split()[1].decode(), (404, b""))
        where = b"Location: " + body + b"\r\n" if status == 302 else b""
        writer.write(
            b"HTTP/1.1 %d Told\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, where, len(body))
        )
        writer.write(body)
        try:
            await writer.drain()
        except ConnectionError:
            return  # The client closed the connection early.
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"
