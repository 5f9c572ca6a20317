"""Background tasks that run as long as a process: job processing, and periodic checks of clock and settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Final

import structlog

from subscriptions.application.alarms.report_failures import ReportFailures
from subscriptions.application.alarms.watch_arrears import WatchArrears
from subscriptions.application.alarms.watch_clock import LOOK_EVERY, WatchClock
from subscriptions.application.alarms.watch_features import RestartOnFeatureChange
from subscriptions.application.people.watch_restore import WatchRestore
from subscriptions.application.settings.refresh_settings import RefreshSettings
from subscriptions.application.settings.watch_stored_settings import WatchStoredSettings
from subscriptions.application.texts.refresh_texts import RefreshTexts
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import JobHandlers
from subscriptions.bootstrap.process import environment_of, process_owner
from subscriptions.bootstrap.sealed_settings import BEGINNING
from subscriptions.bootstrap.waiting import StoredSettings
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.feature_books import RunningFeatures
from subscriptions.infrastructure.database.setup_state import SqlSetup
from subscriptions.infrastructure.database.tallies import Tallies
from subscriptions.infrastructure.jobs.worker import AlertOwners, JobWorker, WorkerLimits

__all__ = ["JobWorker", "WorkerLimits", "open_worker", "watched_clock"]

log = structlog.get_logger(__name__)

ARREARS_EVERY: Final = 12
"""Number of clock checks after which overdue work is checked as well, which is once per minute."""

ADD_EVERY_S: Final = 5.0
"""Interval in seconds at which this process adds its counters to the shared counters in the database."""
LAST_S: Final = 2.0
"""Maximum time in seconds that a stopping process waits until its counters are added to the shared counters."""


@asynccontextmanager
async def open_worker(
    core: CoreContainer,
    handlers: JobHandlers,
    *,
    limits: WorkerLimits | None = None,
    alert_owners: AlertOwners | None = None,
) -> AsyncIterator[JobWorker]:
    """Process jobs for the duration of the block. At its end, running jobs get a grace period.

    If the job worker fails, the process ends, because a restart is better than a process that handles no jobs.

    limits, alert_owners: parameters of JobWorker
    """
    settings = core.settings()
    direct = settings.database_direct_url
    watch = core.watch_clock()
    worker = JobWorker(
        core.engine(),
        core.clock(),
        handlers,
        direct_url=direct.get_secret_value() if direct is not None else None,
        limits=limits,
        alert_owners=alert_owners,
        in_doubt=lambda: not watch.sure(),
        is_returning=core.watch_restore().is_held,
    )
    stop = asyncio.Event()
    with suppress(UmbralError):
        # Check the clock now. Without a first check, all due work would wait, as it does if the database is not
        # reachable.
        await core.watch_restore()()
    async with watched_clock(core), asyncio.TaskGroup() as group:
        group.create_task(worker.run(stop))
        try:
            yield worker
        finally:
            stop.set()


@asynccontextmanager
async def watched_clock(core: CoreContainer) -> AsyncIterator[None]:
    """Run the periodic checks of a process for the duration of the block: compare its clock with those of other
    processes, detect overdue work and a restored database, and load changed texts and settings.
    """
    with suppress(UmbralError):
        # If the database is not reachable, the built-in texts are used until the next start.
        await core.refresh_texts().begin()
    watch_task = asyncio.create_task(
        _watch(
            core.watch_clock(),
            core.watch_arrears(),
            core.watch_restore(),
            core.refresh_texts(),
            core.refresh_settings(),
            _restart_on_feature_change(core),
            _watch_stored_settings(core),
            core.report_failures(),
        )
    )
    tally_task = asyncio.create_task(_add(core.tallies()))
    try:
        yield
    finally:
        watch_task.cancel()
        tally_task.cancel()
        await asyncio.wait({watch_task, tally_task})
        with suppress(UmbralError, TimeoutError):
            async with asyncio.timeout(LAST_S):
                await core.tallies().add()


def _restart_on_feature_change(core: CoreContainer) -> RestartOnFeatureChange:
    features = core.features()
    note = RunningFeatures(process=core.settings_in_force().process, owner=process_owner(), features=features.line())
    return RestartOnFeatureChange(note, features.now, core.read_states(), core.feature_books(), core.restart())


def _watch_stored_settings(core: CoreContainer) -> WatchStoredSettings | None:
    beginning = BEGINNING.get()
    if beginning is None:
        return None
    process = beginning.process
    stored = StoredSettings(
        process, type(core.settings()), environment_of(process, beginning.given), SqlSetup(core.engine())
    )
    return WatchStoredSettings(core.units(), core.clock(), process, stored.read, beginning.values, core.restart())


async def _watch(
    look: WatchClock,
    see: WatchArrears,
    notice: WatchRestore,
    refresh: RefreshTexts,
    follow: RefreshSettings,
    use_features: RestartOnFeatureChange,
    watch_settings: WatchStoredSettings | None,
    report_failures: ReportFailures,
) -> None:
    for turn in count():
        try:
            # This check must come first, because the clock's records would hide how long the database was unreachable.
            await notice()
            await refresh()
            await follow()
            await use_features()
            if watch_settings is not None:
                await watch_settings()
            await report_failures()
            if not notice.astray():
                await look()
            if turn % ARREARS_EVERY == ARREARS_EVERY - 1 and not look.in_doubt():
                await see()
        except UmbralError as error:
            log.warning("the clock could not be compared", reason=str(error))
        except Exception:  # a failed check must not stop the jobs: it is logged and repeated
            log.exception("the clock could not be compared")
        await asyncio.sleep(LOOK_EVERY.total_seconds())


async def _add(tallies: Tallies) -> None:
    while True:
        await asyncio.sleep(ADD_EVERY_S)
        try:
            await tallies.add()
        except UmbralError:
            continue  # the database is unreachable, which is reported elsewhere; the counters are added later
        except Exception:  # an entry that cannot be added must not silently stop the others
            log.exception("what was counted could not be added")
