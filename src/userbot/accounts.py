"""Acquisition of the leases of userbot accounts, so that only one process works with an account."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Final

import structlog

from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import AccountId

log = structlog.get_logger(__name__)

LOOK_S: Final = 2.0

ListAccounts = Callable[[], Awaitable[Sequence[UserbotAccount]]]
WorkAccount = Callable[[AccountId, asyncio.Event], Coroutine[None, None, bool]]
"""Function that works with an account until the event is set. Returns False if another process holds the account's
lease.
"""


class AccountKeeper:
    """Manager of the accounts' leases: it tries to acquire the lease of every account, with one task per account, and
    retries the accounts whose lease another process holds.

    Dead and retired accounts are included, because their pending jobs need a handler.
    """

    def __init__(self, accounts: ListAccounts, work: WorkAccount, *, look_every: float = LOOK_S) -> None:
        """Create the manager. look_every: seconds between two reads of the accounts, and between two attempts to
        acquire a lease.
        """
        self._accounts = accounts
        self._work = work
        self._look_every = look_every
        self._tasks: dict[AccountId, asyncio.Task[bool]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Run the work of the accounts until `stop` is set, then release all leases."""
        while not stop.is_set():
            try:
                await self._look(stop)
            except UmbralError as error:
                log.warning("the pool cannot be read now", reason=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._look_every)
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        for account_id, task in self._tasks.items():
            _log_failure(account_id, task)

    async def _look(self, stop: asyncio.Event) -> None:
        for account in await self._accounts():
            task = self._tasks.get(account.id)
            if task is not None and not task.done():
                continue
            if task is not None:
                _log_failure(account.id, task)
            self._tasks[account.id] = asyncio.create_task(self._work(account.id, stop))


def _log_failure(account_id: AccountId, task: asyncio.Task[bool]) -> None:
    """Log why an account's task failed. The caller restarts the task."""
    error = None if task.cancelled() else task.exception()
    if isinstance(error, UmbralError):
        log.warning("account let go", account=account_id, reason=str(error))
    elif error is not None:
        log.error("work with an account broke off", account=account_id, exc_info=error)
