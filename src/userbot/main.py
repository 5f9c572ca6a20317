"""The userbot process: holds accounts by lease, works their jobs, lists who waits at the door."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from subscriptions.application.dto.jobs import account_job_name
from subscriptions.bootstrap.process import open_core, process_owner, ready, run_process
from subscriptions.bootstrap.settings.telegram import UserbotSettings
from subscriptions.bootstrap.userbot import UserbotContainer, account_job_handler, adopt_first_account, job_handlers
from subscriptions.bootstrap.work import JobWorker, open_worker
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import AccountId
from userbot.accounts import AccountKeeper

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=12)
SCAN_S: Final = 10.0


def run() -> int:
    """Work until told to stop; the exit status."""
    return run_process("userbot", UserbotSettings, serve)


async def serve(settings: UserbotSettings, stop: asyncio.Event) -> None:
    """Hold what accounts can be held, and work their jobs."""
    async with open_core(settings) as core:
        container = UserbotContainer(core=core)
        await adopt_first_account(settings, container)
        async with open_worker(core, job_handlers(container)) as worker:
            keeper = AccountKeeper(container.pool().all, partial(_work, container, worker))
            ready()
            await keeper.run(stop)


async def _work(container: UserbotContainer, worker: JobWorker, account_id: AccountId, stop: asyncio.Event) -> bool:
    """Hold one account: take its jobs and look at its doors, until told to stop or the lease is lost."""
    leases, sessions = container.core.leases(), container.sessions()
    async with leases.held(f"account:{account_id}", process_owner(), LEASE) as lease:
        if lease is None:
            return False
        log.info("account held", account=account_id)
        worker.add(account_job_name(account_id), account_job_handler(container))
        try:
            await _look_at_doors(container, account_id, stop, lease.lost)
        finally:
            worker.remove(account_job_name(account_id))
            if lease.lost.is_set():
                log.warning("account's lease lost", account=account_id)
                await sessions.drop(account_id)
            await sessions.idle(account_id)
    return True


async def _look_at_doors(
    container: UserbotContainer, account_id: AccountId, stop: asyncio.Event, lost: asyncio.Event
) -> None:
    scan = container.scan_join_requests()
    while not stop.is_set() and not lost.is_set():
        try:
            await scan(account_id)
        except UmbralError as error:
            log.warning("doors could not be looked at", account=account_id, reason=str(error))
        await _first_of(stop, lost, SCAN_S)


async def _first_of(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.create_task(one.wait()), asyncio.create_task(other.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
