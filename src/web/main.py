"""The web process."""

import asyncio

import uvicorn

from subscriptions.bootstrap.process import open_core, ready, run_process
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.web import WebContainer
from web.app import create_app

STOP_GRACE_S = 10


def run() -> int:
    """Serve until told to stop; the exit status."""
    return run_process("web", WebSettings, serve)


async def serve(settings: WebSettings, stop: asyncio.Event) -> None:
    """Serve HTTP until `stop` is set."""
    async with open_core(settings, pool_size=20) as core:
        app = create_app(WebContainer(core=core))
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                proxy_headers=False,
                timeout_graceful_shutdown=STOP_GRACE_S,
            )
        )
        # uvicorn would put its own signal handlers in place of ours and raise the signal again at its end.
        serving = asyncio.create_task(server._serve())
        waiting = asyncio.create_task(stop.wait())
        while not server.started and not serving.done():
            await asyncio.sleep(0.02)
        if not serving.done():
            ready()
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        waiting.cancel()
        await serving
