"""The HTTP listener: uvicorn inside this process, with connections that can be cut."""

import asyncio
import contextlib
import socket
from collections.abc import Generator, MutableMapping
from typing import cast

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ABORT = "sandbox.abort"
_STOP_S = 1
_IDLE_S = 60
"""Longer than clients keep a connection that nobody uses, as providers do. With uvicorn's own 5 s, which is httpx's
limit, too, the next request meets the end of the connection now and then."""


class CuttableProtocol(HttpToolsProtocol):
    """Puts a function into each request's scope that cuts the connection without an answer."""

    def on_message_begin(self) -> None:
        """Called by the parser when a request begins."""
        super().on_message_begin()
        scope = cast(MutableMapping[str, object], self.scope)
        scope[ABORT] = self.transport.abort


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._told_to_end = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tells when connections are taken."""
        await super().startup(sockets)
        self.ready.set()

    def end(self) -> None:
        """Have it end, now and not at its next look at the time."""
        self.should_exit = True
        self._told_to_end.set()

    async def main_loop(self) -> None:
        """Tells the time of answers, once a second."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told_to_end.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Waits only where somebody is connected."""
        if self.server_state.connections:
            await super().shutdown(sockets)
        else:
            for each in (*self.servers, *(sockets or ())):
                each.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """The process that runs the sandbox decides what signals mean."""
        yield


def bound_socket(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError where the port is taken."""
    # The protocol by name, or asyncio does not turn Nagle's algorithm off: 40 ms more for each answer.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


class Listener:
    """Serves one application on one socket until stopped."""

    def __init__(self, app: FastAPI, listening: socket.socket) -> None:
        self._socket = listening
        config = uvicorn.Config(
            app,
            http=CuttableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_IDLE_S,
            timeout_graceful_shutdown=_STOP_S,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Returns when connections are taken."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.ready.wait()

    async def stop(self) -> None:
        """Ends every connection within about a second; what waits long must have been told before."""
        self._server.end()
        if self._task is not None:
            await self._task
        self._socket.close()
