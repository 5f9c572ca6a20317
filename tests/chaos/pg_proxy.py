"""Proxy between a process and PostgreSQL that observes every commit, and can delay a commit or cut the connection
before or after the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from tests.chaos.pg_wire import CANCEL_REQUEST, SSL_REQUEST, Session, is_commit, read_first, read_message

When = Literal["before", "after"]
ENDED = (asyncio.IncompleteReadError, ConnectionError)


@dataclass
class Commit:
    """Writes of one process that are about to be committed or have just been committed.

    single: True for a statement without a surrounding transaction, which is observed only after completion. number:
    identifier of the commit for the watcher.
    """

    process: str
    writes: str
    single: bool
    number: int = 0


Watcher = Callable[[Commit, When], Awaitable[bool]]
"""Function called at every commit while the commit waits; returns True to continue, False to cut the connection."""


class PgProxy:
    """Proxy between one process and PostgreSQL. Use the proxy inside one event loop only."""

    def __init__(self, process: str, upstream: tuple[str, int], watch: Watcher) -> None:
        """upstream: PostgreSQL's address."""
        self._process, self._upstream, self._watch = process, upstream, watch
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen on a free loopback port and return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def cut_all(self) -> int:
        """Cut every connection now and return their number."""
        for writer in self._writers:
            writer.transport.abort()
        return len(self._writers) // 2

    async def stop(self) -> None:
        """Cut all connections and stop listening."""
        if self._server is not None:
            self._server.close()
        self.cut_all()
        await asyncio.gather(*self._serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        self._writers.add(writer)
        server: asyncio.StreamWriter | None = None
        try:
            code, first = await read_first(reader)
            if code == SSL_REQUEST:
                writer.write(b"N")
                code, first = await read_first(reader)
            answers, server = await asyncio.open_connection(*self._upstream)
            self._writers.add(server)
            server.write(first)
            if code != CANCEL_REQUEST:
                await self._both_ways(reader, server, answers, writer)
        except ENDED:
            pass
        finally:
            for each in (writer, server):
                if each is not None:
                    self._writers.discard(each)
                    each.transport.abort()

    async def _both_ways(
        self,
        asks: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        client: asyncio.StreamWriter,
    ) -> None:
        session = _Session()
        ways = {
            asyncio.create_task(self._asking(asks, server, session)),
            asyncio.create_task(self._answering(answers, client, session)),
        }
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for way in ways:
            with suppress(asyncio.CancelledError, *ENDED):
                await way

    async def _asking(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, session: _Session) -> None:
        while True:
            message = await read_message(reader)
            sql = session.said(message)
            if sql is not None and is_commit(sql) and session.writes:
                session.commit = Commit(self._process, ", ".join(session.writes), single=False)
                await self._notify(session.commit, "before")
            server.write(message.raw)
            await server.drain()

    async def _answering(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, session: _Session) -> None:
        while True:
            # The first answers (authentication, parameters) have the same format as all others.
            message = await read_message(reader)
            if done := session.answered(message):
                commit, session.commit = session.commit, None
                await self._notify(commit or Commit(self._process, ", ".join(done), single=True), "after")
            client.write(message.raw)
            await client.drain()

    async def _notify(self, commit: Commit, when: When) -> None:
        if not await self._watch(commit, when):
            raise ConnectionResetError("cut")


class _Session(Session):
    """Session that also stores the commit in progress."""

    commit: Commit | None = None
