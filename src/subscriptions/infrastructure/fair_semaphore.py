"""Semaphore that answers the first of many concurrent chats first, instead of all at the end.

Jobs that run side by side all finish at nearly the same time, at the end, because they share one processor. Therefore
only a few begin at a time, and the next one begins as soon as one finishes or waits for an external service, which
needs no processor. Newcomers begin only while no known customer is being answered.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Final

PLACES: Final = 10
STANDS_BACK_S: Final = 5.0
"""Maximum time in seconds that newcomers wait for others. If known customers never cease, one batch of newcomers begins
per interval.
"""
EXPECTED_S: Final = 2.0
"""Time in seconds for which a turn is reserved for an expected chat. It is limited because another process may have
taken the chat's job.
"""
LONGEST_S: Final = 2.0
"""Maximum time in seconds until a caller's turn ends, because the caller may be waiting for something slow."""


class Turn:
    """Place of one caller in the semaphore. It is released once, however often `end` is called. patient: see
    `FairSemaphore`.
    """

    def __init__(self, give_back: Callable[[], None], patient: bool) -> None:
        self._give_back = give_back
        self.patient = patient
        self._is_over = False
        self._timeout = asyncio.get_running_loop().call_later(LONGEST_S, self.end)

    def end(self) -> None:
        """Release the place to the next caller."""
        if not self._is_over:
            self._is_over = True
            self._timeout.cancel()
            self._give_back()


_mine: ContextVar[Turn | None] = ContextVar("turn", default=None)


class FairSemaphore:
    """Semaphore with a limited number of places, which are assigned in order of arrival.

    patient: True if answers to callers of this semaphore may wait for answers to other callers
    after: semaphore whose callers take precedence while any of them has or waits for a place
    """

    def __init__(self, places: int = PLACES, *, patient: bool = False, after: "FairSemaphore | None" = None) -> None:
        self._free = asyncio.Semaphore(places)
        self._patient = patient
        self._after = after
        self._claims = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._expected: dict[int, asyncio.TimerHandle] = {}

    @asynccontextmanager
    async def one(self, chat: int | None = None) -> AsyncIterator[None]:
        """Wait for a place, and keep the place until the block ends or waits for an external service. chat: chat of the
        caller, for which a place may be reserved.
        """
        self.claim()
        if chat is not None:
            self._end_expectation(chat)
        try:
            await self._free.acquire()
        except BaseException:
            self.unclaim()
            raise
        try:
            if self._after is not None:
                await self._after.wait_until_idle()
        except BaseException:
            self._give_back()
            raise
        turn = Turn(self._give_back, self._patient)
        token = _mine.set(turn)
        try:
            yield
        finally:
            _mine.reset(token)
            turn.end()

    def expect(self, chat: int) -> None:
        """Reserve a place for a chat whose job is about to arrive. The reservation ends with the job's arrival or after
        `EXPECTED_S`.
        """
        if chat not in self._expected:
            self.claim()
            self._expected[chat] = asyncio.get_running_loop().call_later(EXPECTED_S, self._end_expectation, chat)

    def _end_expectation(self, chat: int) -> None:
        timer = self._expected.pop(chat, None)
        if timer is not None:
            timer.cancel()
            self.unclaim()

    def claim(self) -> None:
        """Make later callers wait until `unclaim`."""
        self._claims += 1
        self._is_idle.clear()

    def unclaim(self) -> None:
        """End one claim."""
        self._claims -= 1
        if not self._claims:
            self._is_idle.set()

    async def wait_until_idle(self) -> None:
        """Wait until no caller has a place or waits for one, at most `STANDS_BACK_S`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_idle.wait(), STANDS_BACK_S)

    def _give_back(self) -> None:
        self._free.release()
        self.unclaim()


def step_aside() -> bool:
    """End the caller's turn before it waits for Telegram or a provider. Return whether the caller is patient."""
    turn = _mine.get()
    if turn is None:
        return False
    turn.end()
    return turn.patient
