"""The HTTP servers of the web process: one for the public, one for the operator."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from socket import socket
from typing import Final

import uvicorn

from subscriptions.bootstrap.console import ConsoleContainer
from subscriptions.bootstrap.web import WebContainer
from web.addresses import OWN_NETWORKS, Proxies
from web.app import KEEP_S, create_app, create_ops_app
from web.connections import ConnectionLimiter
from web.http_protocol import server_config

OPERATORS: Final = 100
"""Maximum connections of the operator's server, which monitors and the console use."""
TURNS_A_SECOND: Final = 10
"""Number of uvicorn's ticks per second. uvicorn updates the time at every tenth tick."""


class Server(uvicorn.Server):
    """uvicorn's server without its signal handlers, which would raise the signal again at shutdown. The caller stops
    the server by `stop`; uvicorn notices `should_exit` within a second.

    readiness: event that is set once the server responds.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.readiness, self._ending = asyncio.Event(), asyncio.Event()

    def stop(self) -> None:
        """Request the server to shut down."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """Replace uvicorn's loop, which checks ten times a second whether to shut down and updates the time in response
        headers.

        Once a second is enough, because the time has a precision of seconds.
        """
        for second in count():
            if await self.on_tick(second * TURNS_A_SECOND):
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start the server and set `readiness`."""
        await super().startup(sockets)
        if self.started:
            self.readiness.set()


def servers(
    container: WebContainer, console: ConsoleContainer | None = None, *, keep_s: float = KEEP_S
) -> tuple[Server, Server]:
    """Return the public server and the operator's server. console: container with the console's database user. keep_s:
    see `create_app`.
    """
    settings = container.settings()
    limiter = ConnectionLimiter(
        Proxies(settings.proxies or OWN_NETWORKS, settings.proxy_hops), settings.address_connections
    )
    desk = console or ConsoleContainer(core=container.core)
    public = create_app(container, desk, keep_s=keep_s)
    ops = create_ops_app(container, desk, limiter, keep_s=keep_s)
    own = ConnectionLimiter(Proxies(), OPERATORS, OPERATORS)
    return (
        Server(server_config(public, limiter, host=settings.host, port=settings.port)),
        Server(server_config(ops, own, host=settings.ops_host, port=settings.ops_port)),
    )


async def serve_all(servers: tuple[Server, ...], stop: asyncio.Event) -> None:
    """Serve until `stop` is set or one of the servers ends, then stop all servers."""
    tasks = [asyncio.create_task(server.serve()) for server in servers]
    task = asyncio.create_task(stop.wait())
    await asyncio.wait({*tasks, task}, return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.stop()
    task.cancel()
    await asyncio.gather(*tasks)
