"""Which accounts this replica works with: those whose lease it holds, and nothing else ever."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Final

import structlog

from subscriptions.domain.entities.userbot_account import AccountStatus, UserbotAccount
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import AccountId

log = structlog.get_logger(__name__)

LOOK_S: Final = 2.0
AT_REST: Final = frozenset({AccountStatus.DEAD, AccountStatus.RETIRED})


ListAccounts = Callable[[], Awaitable[Sequence[UserbotAccount]]]
WorkAccount = Callable[[AccountId, asyncio.Event], Coroutine[None, None, bool]]
"""Works with one account until the event is set. False: another replica holds it."""


class AccountKeeper:
    """Tries to hold every account of the pool, one task each, and gives up what it cannot hold."""

    def __init__(self, accounts: ListAccounts, work: WorkAccount) -> None:
        self._accounts = accounts
        self._work = work
        self._tasks: dict[AccountId, asyncio.Task[bool]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then lets every account go."""
        while not stop.is_set():
            try:
                await self._look(stop)
            except UmbralError as error:
                log.warning("the pool cannot be read now", reason=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _look(self, stop: asyncio.Event) -> None:
        for account in await self._accounts():
            task = self._tasks.get(account.id)
            if account.status in AT_REST or (task is not None and not task.done()):
                continue
            if task is not None and not task.cancelled() and task.exception() is not None:
                log.error("work with an account broke off", account=account.id, exc_info=task.exception())
            self._tasks[account.id] = asyncio.create_task(self._work(account.id, stop))
