"""Entry point of the web process."""

import asyncio
import gc
from typing import Final

import structlog

from subscriptions.bootstrap.console import console_of
from subscriptions.bootstrap.process import open_core, ready, run_process
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.web import WebContainer
from subscriptions.bootstrap.work import watched_clock
from web.serving import Server, serve_all, servers
from web.setup.serving import serve_setup

log = structlog.get_logger(__name__)

LOOKED_THROUGH: Final = (200, 10, 300)
"""Thresholds of Python's garbage collector. A collection of new objects takes a fraction of a millisecond if done
often. A full collection with a thousand connections takes forty milliseconds and delays every request, so it runs at
most once a minute under the worst attack, after some twenty megabytes have accumulated.
"""


def run() -> int:
    """Run the web process until it is stopped, and return the exit status."""
    return run_process("web", WebSettings, serve, at_setup=serve_setup)


async def serve(settings: WebSettings, stop: asyncio.Event) -> None:
    """Serve HTTP until `stop` is set."""
    async with open_core(settings, stop=stop) as core, watched_clock(core):
        for provider, wrong in core.gateways().problems().items():
            # The web process has no route for this provider's webhooks; the bot and the worker raise the alarm.
            log.error("payment method left out", provider=provider, settings=dict(wrong))
        async with console_of(core) as console:
            server_pair = servers(WebContainer(core=core), console)
            task = asyncio.create_task(_notify_when_ready(server_pair))
            try:
                await serve_all(server_pair, stop)
            finally:
                task.cancel()


async def _notify_when_ready(server_pair: tuple[Server, ...]) -> None:
    for server in server_pair:
        await server.readiness.wait()
    ready()
    gc.set_threshold(*LOOKED_THROUGH)
