"""HTTP listener: uvicorn inside this process, with connections that can be cut."""

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
"""Idle timeout of connections, in seconds. Like providers' timeouts, it is longer than clients keep an idle connection.
With uvicorn's default of 5 s, which is also httpx's limit, some requests would use a connection that is being closed.
"""


class CuttableProtocol(HttpToolsProtocol):
    """Protocol that adds a function to each request's scope; calling the function cuts the connection without a
    response.
    """

    def on_message_begin(self) -> None:
        """Add the function when the parser reports a new request."""
        super().on_message_begin()
        scope = cast(MutableMapping[str, object], self.scope)
        scope[ABORT] = self.transport.abort


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._asked_to_end = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the server, and set `ready` when connections are accepted."""
        await super().startup(sockets)
        self.ready.set()

    def end(self) -> None:
        """Request the end immediately, without waiting for the next tick."""
        self.should_exit = True
        self._asked_to_end.set()

    async def main_loop(self) -> None:
        """Update the date header once a second until the end is requested."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked_to_end.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down; wait only if there are open connections."""
        if self.server_state.connections:
            await super().shutdown(sockets)
        else:
            for each in (*self.servers, *(sockets or ())):
                each.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Install no signal handlers: the process that runs the sandbox handles signals."""
        yield


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket. port: the port; 0 for a free one. Raise OSError if the port is in use."""
    # The protocol is given explicitly, or asyncio does not disable Nagle's algorithm, which adds 40 ms to each answer.
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
    """Server of one application on one socket until stopped."""

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
        """Return the port that the listener uses."""
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Start the server, and return when connections are accepted."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.ready.wait()

    async def stop(self) -> None:
        """End every connection within about a second. Long waits must have been ended before this call."""
        self._server.end()
        if self._task is not None:
            await self._task
        self._socket.close()
