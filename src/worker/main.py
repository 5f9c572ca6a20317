"""Worker process, which runs the core's jobs, the schedule and the backups."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.schedule.run_schedule import RunSchedule
from subscriptions.bootstrap.backup_clock import KeepBackups, ReportNoBackups, kept_backups
from subscriptions.bootstrap.process import open_core, process_owner, ready, run_process
from subscriptions.bootstrap.schedule import run_schedule
from subscriptions.bootstrap.settings.web import WorkerSettings
from subscriptions.bootstrap.work import open_worker
from subscriptions.bootstrap.worker import WorkerContainer, job_handlers
from subscriptions.domain.errors import UmbralError

Schedule = RunSchedule[WorkerContainer]

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=6)
BEAT_S: Final = 1.0
"""Interval of the schedule in seconds. It is short so that due work starts within seconds, even after the business
clock was moved.
"""
BACKUP_LEASE: Final = timedelta(seconds=30)
BACKUP_LOOK_S: Final = 30.0
"""Interval in seconds at which the worker checks whether a backup is due."""


def run() -> int:
    """Run the worker process until it is stopped, and return the exit status."""
    return run_process("worker", WorkerSettings, serve)


async def serve(settings: WorkerSettings, stop: asyncio.Event) -> None:
    """Run the core's jobs. Only one worker at a time also runs the schedule."""
    async with open_core(settings, stop=stop) as core:
        container = WorkerContainer(core=core)
        schedule = run_schedule(container)
        async with open_worker(core, job_handlers(container)), _backups(container):
            ready()
            while not stop.is_set():
                await _keep_clock(container, schedule, stop)
                await _pause(stop)


async def _keep_clock(container: WorkerContainer, schedule: Schedule, stop: asyncio.Event) -> None:
    """Run the schedule while this worker holds the schedule's lease; return immediately if another worker holds it."""
    try:
        async with container.core.leases().hold("clock", process_owner(), LEASE) as lease:
            if lease is not None:
                await container.core.restore_mark().begin(container.core.clock().now())
                await container.core.watch_restore()()
                await schedule.begin()
            while lease is not None and not stop.is_set() and not lease.loss.is_set():
                await schedule()
                await _pause(stop)
    except UmbralError as error:
        log.warning("the clock stands still", reason=str(error))
    except Exception:  # A failed task must not stop the jobs; the failure is logged and the task repeated.
        log.exception("the clock stands still")


@asynccontextmanager
async def _backups(container: WorkerContainer) -> AsyncIterator[None]:
    """Make backups while the block runs, or report to the owners that backups are not configured. The task is canceled
    at the end of the block.
    """
    keep = kept_backups(os.environ, container.core.units(), container.core.clock())
    task = asyncio.create_task(_keep_backups(container, keep))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _keep_backups(container: WorkerContainer, keep: KeepBackups | ReportNoBackups) -> None:
    """Make due backups while this worker holds the lease for backups, so that only one worker at a
    time makes a backup.
    """
    while True:
        try:
            if container.core.watch_clock().sure():
                async with container.core.leases().hold("backup", process_owner(), BACKUP_LEASE) as lease:
                    if lease is not None:
                        await keep()
        except UmbralError as error:
            log.warning("backups stand still", reason=str(error))
        except Exception:  # A failure here must not stop the jobs; it is logged and the backup repeated.
            log.exception("backups stand still")
        await asyncio.sleep(BACKUP_LOOK_S)


async def _pause(stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), BEAT_S)
