"""Polling for Telegram updates: one process polls under a lease while the others are on standby."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramConflictError, TelegramRetryAfter

from bot.receiving import Reception
from bot.updates import AT_MOST, GetRawUpdates
from bot.waiting import pause, unless
from subscriptions.application.inbox.watch_polling import WatchPolling
from subscriptions.bootstrap.bot import FairSemaphore, Leases
from subscriptions.bootstrap.process import process_owner
from subscriptions.domain.errors import RetryLater, UmbralError

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=9)
STANDBY_S: Final = 1.0
LONG_POLL_S: Final = 25
CONFLICT_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 15.0
LONGEST_WAIT_S: Final = 300.0
"""Longest part of a wait that Telegram imposes, in seconds, after which the poller tries again: Telegram may end the
wait early, and customers are waiting.
"""


class Poller:
    """Long polling for updates until the process is stopped."""

    def __init__(
        self,
        bot: Bot,
        reception: Reception,
        leases: Leases,
        update_kinds: Sequence[str],
        watch_polling: WatchPolling,
        turns: FairSemaphore | None = None,
    ) -> None:
        """Create the poller.

        update_kinds: kinds of updates to fetch. turns: semaphore with the slots for chats of known customers. While
            Telegram has more updates waiting, newcomers' chats do not start, because known customers may have sent some
            of those updates.
        """
        self._turns = turns or FairSemaphore()
        self._is_behind = False
        self._bot = bot
        self._watch_polling = watch_polling
        self._update_kinds = list(update_kinds)
        self._reception = reception
        self._leases = leases
        self._owner = f"{process_owner()}:{uuid4().hex[:8]}"
        # The first request has no offset, so no update is skipped: Telegram keeps unacknowledged updates, and stored
        # updates are recognised as duplicates. A stored offset would be wrong after a week without updates, when
        # Telegram may continue with any id.
        self._offset: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Poll while this process holds the lease."""
        while not stop.is_set():
            try:
                async with self._leases.hold(f"bot:polling:{self._bot.id}", self._owner, LEASE) as lease:
                    if lease is not None:
                        log.info("polling", bot=self._bot.id)
                        await self._poll(stop, lease.loss)
            except UmbralError as error:
                log.warning("no lease for polling", reason=str(error))
            await pause(stop, STANDBY_S)

    async def _poll(self, stop: asyncio.Event, lost_lease: asyncio.Event) -> None:
        try:
            await self._poll_on(stop, lost_lease)
        finally:
            self._note_backlog(is_behind=False)

    async def _poll_on(self, stop: asyncio.Event, lost_lease: asyncio.Event) -> None:
        failures, is_prepared = 0, False
        while not stop.is_set() and not lost_lease.is_set():
            try:
                if not is_prepared:
                    # Telegram refuses `getUpdates` while a webhook is set.
                    await self._bot.delete_webhook(drop_pending_updates=False)
                    is_prepared = True
                raws = await unless(self._ask(), stop, lost_lease)
                was_behind, is_behind = self._is_behind, raws is not None and len(raws) >= AT_MOST
                if is_behind:
                    self._note_backlog(is_behind=True)
                turns = self._turns if was_behind or is_behind else None
                last_update = await self._reception.take(raws, turns) if raws else None
                self._note_backlog(is_behind=is_behind)
                self._offset = self._offset if last_update is None else last_update + 1
                failures = 0
                await self._watch_polling.record_answer(await self._name())
            except (TelegramAPIError, RetryLater) as error:
                failures += 1
                self._note_backlog(is_behind=False)
                if isinstance(error, TelegramConflictError):
                    await self._tell(error)
                elif isinstance(error, TelegramRetryAfter):
                    await self._report_wait(error)
                await pause(stop, _pause_after(error, failures))

    def _note_backlog(self, *, is_behind: bool) -> None:
        if is_behind and not self._is_behind:
            self._turns.claim()
        if self._is_behind and not is_behind:
            self._turns.unclaim()
        self._is_behind = is_behind

    async def _tell(self, conflict: TelegramConflictError) -> None:
        try:
            await self._watch_polling.conflict(await self._name(), conflict.message)
        except RetryLater as error:
            log.warning("a conflict could not be told", reason=str(error))

    async def _report_wait(self, error: TelegramRetryAfter) -> None:
        try:
            await self._watch_polling.slow_down(await self._name(), timedelta(seconds=error.retry_after))
        except RetryLater as unreachable:
            log.warning("a wait could not be reported", reason=str(unreachable))

    async def _name(self) -> str:
        """Return the bot's username, or its id if Telegram does not say the username."""
        try:
            return f"@{(await self._bot.me()).username}"
        except TelegramAPIError:
            return str(self._bot.id)

    async def _ask(self) -> list[dict[str, Any]]:
        method = GetRawUpdates(offset=self._offset, timeout=LONG_POLL_S, allowed_updates=self._update_kinds)
        return await self._bot(method, request_timeout=LONG_POLL_S + 10)


def _pause_after(error: Exception, failures: int) -> float:
    if isinstance(error, TelegramConflictError):
        log.error("another process asks for this bot's updates, or its webhook is set; waiting", reason=str(error))
        return CONFLICT_PAUSE_S
    log.warning("no updates", reason=str(error), failures=failures)
    if isinstance(error, TelegramRetryAfter):
        return min(float(error.retry_after), LONGEST_WAIT_S)
    return min(0.5 * 2.0**failures, LONGEST_PAUSE_S)
