"""The servers: one for everybody, one for who runs it, in one process."""

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
"""Connections of those who run it: a monitor or two, and their console."""
TURNS_A_SECOND: Final = 10
"""As uvicorn counts: it takes a new time each tenth turn."""


class Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: it would raise the signal again at its end; who serves owns the stop.

    readiness: set once it answers. stop: have it end; of `should_exit` it hears within a second.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.readiness, self._ending = asyncio.Event(), asyncio.Event()

    def stop(self) -> None:
        """Have it end."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """uvicorn's, which looks whether it shall end, and what time its answers bear. It looks ten times a second, for
        each server; the time it tells has no more than seconds."""
        for second in count():
            if await self.on_tick(second * TURNS_A_SECOND):
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """uvicorn's, and told."""
        await super().startup(sockets)
        if self.started:
            self.readiness.set()


def servers(
    container: WebContainer, console: ConsoleContainer | None = None, *, keep_s: float = KEEP_S
) -> tuple[Server, Server]:
    """The public one, and the operator's. console: by a login of its own. keep_s: as for `create_app`."""
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
    """Until `stop` is set, or one of them ends by itself: then all do."""
    tasks = [asyncio.create_task(server.serve()) for server in servers]
    task = asyncio.create_task(stop.wait())
    await asyncio.wait({*tasks, task}, return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.stop()
    task.cancel()
    await asyncio.gather(*tasks)
