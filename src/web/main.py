"""The web process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket

import structlog
import uvicorn

from subscriptions.bootstrap.process import open_core, ready, run_process
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.web import WebContainer
from subscriptions.bootstrap.work import watched_clock
from web.app import create_app

STOP_GRACE_S = 10

log = structlog.get_logger(__name__)


def run() -> int:
    """Serve until told to stop; the exit status."""
    return run_process("web", WebSettings, serve)


async def serve(settings: WebSettings, stop: asyncio.Event) -> None:
    """Serve HTTP until `stop` is set."""
    async with open_core(settings, pool_size=20) as core, watched_clock(core):
        for provider, wrong in core.gateways().problems().items():
            # Its webhooks have no route here; the bot and the worker raise the alarm.
            log.error("payment method left out", provider=provider, settings=dict(wrong))
        config = uvicorn.Config(
            create_app(WebContainer(core=core)),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=STOP_GRACE_S,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve())
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        waiting.cancel()
        await serving


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: it would raise the signal again at its end; `serve` owns the stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            ready()
