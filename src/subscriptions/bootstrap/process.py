"""The life of every process: read settings, open what all share, serve, stop when told."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import structlog

from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.logs import configure_logging
from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError, load
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.clock import FollowingClock, SystemClock
from subscriptions.infrastructure.database.engine import create_engine

log = structlog.get_logger(__name__)

S = TypeVar("S", bound=CoreSettings)

Serve = Callable[[S, asyncio.Event], Awaitable[None]]
"""Works until the event is set. Calls `ready()` once it does its work."""


def run_process(name: str, kind: type[S], serve: Serve[S]) -> int:
    """Run one process until SIGTERM or SIGINT; its exit status: 0 stopped, 2 settings to mend."""
    try:
        settings = load(kind, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"umbral {name} cannot start; {error}\n")
        return 2
    configure_logging(settings.log_format)
    try:
        asyncio.run(_run(name, settings, serve))
    except InvalidInput as error:
        sys.stderr.write(f"umbral {name} cannot start; settings to mend:\n  {error}\n")
        return 2
    return 0


async def _run(name: str, settings: S, serve: Serve[S]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info("starting", process=name)
    await serve(settings, stop)
    log.info("stopped", process=name)


def ready() -> None:
    """Tell whoever started this process, by the file named in READY_FILE, that it does its work."""
    path = os.environ.get("READY_FILE")
    if path:
        Path(path).write_text(f"{os.getpid()}\n")


@cache
def process_owner() -> str:
    """This process's name as the holder of leases; another run of the same process has another."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


@asynccontextmanager
async def open_core(settings: CoreSettings, *, pool_size: int = 10) -> AsyncIterator[CoreContainer]:
    """Open database and clock for as long as the block lasts. Raises InvalidInput naming a wrong setting."""
    clock = FollowingClock(settings.clock_url) if settings.clock_url else SystemClock()
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=pool_size)
    try:
        async with clock:
            core = CoreContainer(settings=settings, engine=engine, clock=clock, environ=dict(os.environ))
            try:
                yield core
            finally:
                await core.gateways().aclose()
    finally:
        await engine.dispose()
