"""The worker process."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.bootstrap.process import open_core, process_owner, ready, run_process
from subscriptions.bootstrap.settings.web import WorkerSettings
from subscriptions.bootstrap.work import open_worker
from subscriptions.bootstrap.worker import WorkerContainer, job_handlers, release
from subscriptions.domain.errors import UmbralError

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=6)
BEAT_S: Final = 1.0
"""How often the business clock is looked at; a moved clock's work must begin within seconds."""


def run() -> int:
    """Work until told to stop; the exit status."""
    return run_process("worker", WorkerSettings, serve)


async def serve(settings: WorkerSettings, stop: asyncio.Event) -> None:
    """Work core jobs; one worker at a time also runs the clock."""
    async with open_core(settings) as core:
        container = WorkerContainer(core=core)
        async with open_worker(core, job_handlers(container)):
            ready()
            while not stop.is_set():
                await _keep_clock(container, stop)
                await _pause(stop)


async def _keep_clock(container: WorkerContainer, stop: asyncio.Event) -> None:
    """Run what is due while the lease is ours; return at once where another worker holds it."""
    try:
        async with container.core.leases().held("clock", process_owner(), LEASE) as lease:
            while lease is not None and not stop.is_set() and not lease.lost.is_set():
                if container.core.watch_clock().sure():
                    await container.mend_schedule()()
                    await container.settle_sweeps()()
                    await container.run_due()()
                    await container.sweep_vip()()
                await container.watch_pool()()
                if container.core.watch_clock().sure():
                    await container.watch_losses()()
                await container.core.watch_gateways()()
                await container.watch_webhooks()()
                await container.watch_providers()()
                await container.keep_stock()()
                await release(container.due_jobs(), container.core.watch_clock(), container.core.clock())
                await _pause(stop)
    except UmbralError as error:
        log.warning("the clock stands still", reason=str(error))
    except Exception:  # one task's fault must not take the jobs down with it: it is told, and tried again
        log.exception("the clock stands still")


async def _pause(stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), BEAT_S)
