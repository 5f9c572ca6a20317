"""Userbot process, which acquires the leases of accounts, runs the accounts' jobs and checks join requests."""

import asyncio
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Final

import structlog

from subscriptions.application.dto.jobs import account_job_name
from subscriptions.bootstrap.process import open_core, ready, run_process
from subscriptions.bootstrap.settings.telegram import UserbotSettings
from subscriptions.bootstrap.userbot import (
    UserbotContainer,
    account_job_handler,
    adopt_first_account,
    held_account,
    job_handlers,
    looks_of_features,
)
from subscriptions.bootstrap.work import JobWorker, open_worker
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import AccountId
from userbot.accounts import AccountKeeper

log = structlog.get_logger(__name__)

SCAN_S: Final = 10.0
AGAIN_S: Final = 0.5
PATIENCE_S: Final = 10.0
"""Maximum time in seconds that a stopping process waits for running Telegram requests."""


def run() -> int:
    """Run the userbot process until it is stopped, and return the exit status."""
    return run_process("userbot", UserbotSettings, serve)


async def serve(settings: UserbotSettings, stop: asyncio.Event) -> None:
    """Acquire the leases of available accounts and run the accounts' jobs."""
    async with open_core(settings, sells=False, stop=stop) as core:
        container = UserbotContainer(core=core)
        # Opening the sessions now reports invalid keys and addresses at startup instead of with every job.
        container.sessions()
        await adopt_first_account(settings, container)
        async with open_worker(core, job_handlers(container)) as worker:
            keeper = AccountKeeper(partial(_accounts, container), partial(_work, container, worker))
            ready()
            await keeper.run(stop)


async def _accounts(container: UserbotContainer) -> Sequence[UserbotAccount]:
    """Return all accounts of the pool. While a restore of the database is not completed, return none, because outdated
    records could admit the wrong customers.
    """
    return () if container.core.watch_restore().is_held() else await container.pool().all()


async def _work(container: UserbotContainer, worker: JobWorker, account_id: AccountId, stop: asyncio.Event) -> bool:
    """Acquire the lease of one account, then run the account's jobs and checks until the process is stopped or the
    lease is lost. Return False if another process holds the lease.
    """
    sessions = container.sessions()
    async with held_account(container, account_id) as lease:
        if lease is None:
            return False
        log.info("account held", account=account_id)
        sessions.hold(account_id, lambda: lease.sure)
        worker.add(account_job_name(account_id), account_job_handler(container))
        checks = asyncio.create_task(_run_checks(container, account_id))
        try:
            await _first_of(stop.wait(), lease.loss.wait(), asyncio.shield(checks))
        finally:
            worker.remove(account_job_name(account_id))
            if lease.loss.is_set():
                log.warning("account's lease lost", account=account_id)
            checks.cancel()
            await sessions.let_go(account_id, 0 if lease.loss.is_set() else PATIENCE_S)
            error = await end_of(checks)
        if error is not None:
            raise error
    return True


async def end_of(task: asyncio.Task[None], retry_s: float = AGAIN_S) -> BaseException | None:
    """Cancel a task repeatedly until it has ended. Return its exception; None if it raised none.

    A single cancellation is not sufficient: the interrupted request may raise another error, which the task catches and
    then continues. retry_s: seconds between two cancellations.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=retry_s)
    return None if task.cancelled() else task.exception()


async def _run_checks(container: UserbotContainer, account_id: AccountId) -> None:
    scan, audit_members = container.scan_join_requests(), container.audit_members()
    assign_vip_account, count_guests = container.assign_vip_account(), container.count_guests()
    take_over, share_channel = container.take_over(), container.share_channel()
    count_channels, looks = container.count_channels(), looks_of_features(container)
    while True:
        try:
            await take_over(account_id)
            await assign_vip_account(account_id)
            await scan(account_id)
            await audit_members(account_id)
            await count_guests(account_id)
            await share_channel(account_id)
            await count_channels(account_id)
            for look in looks:
                await look(account_id)
        except UmbralError as error:
            log.warning("checks of an account failed", account=account_id, reason=str(error))
        await asyncio.sleep(SCAN_S)


async def _first_of(*awaitables: Awaitable[object]) -> None:
    """Wait until one of the awaitables is done, then cancel the others."""
    tasks = [asyncio.ensure_future(each) for each in awaitables]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
