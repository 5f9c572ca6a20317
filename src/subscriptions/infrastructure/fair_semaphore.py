"""Semaphore for the jobs that answer chats. The jobs get a place in the order in which they arrive.

Jobs that run concurrently share one processor, so all of them would finish late and at nearly the same time. Therefore
only a few start at a time. The next one starts as soon as one finishes or waits for an external service, because
waiting needs no processor. People who are not customers yet are answered only while no known customer is being
answered.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Final

CAPACITY: Final = 10
STANDS_BACK_S: Final = 5.0
"""Maximum number of seconds that newcomers wait for known customers. If known customers keep arriving, one batch of
newcomers starts per interval.
"""
EXPECTED_S: Final = 2.0
"""Seconds for which a place is reserved for an expected chat. The time is limited because another process may have
taken the chat's job.
"""
LONGEST_S: Final = 2.0
"""Maximum number of seconds that a caller keeps its place, because the caller may be waiting for something slow."""


class Turn:
    """Place of one caller in the semaphore. Calling `end` more than once releases the place only once. `patient`: see
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
    """Semaphore with a limited number of places, which are assigned in the order of arrival.

    patient: True if callers of this semaphore may be answered later than callers of other semaphores
    after: semaphore whose callers take precedence while any of them has a place or waits for one
    """

    def __init__(
        self, capacity: int = CAPACITY, *, patient: bool = False, after: "FairSemaphore | None" = None
    ) -> None:
        self._free = asyncio.Semaphore(capacity)
        self._patient = patient
        self._after = after
        self._claims = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._expected: dict[int, asyncio.TimerHandle] = {}

    @asynccontextmanager
    async def one(self, chat: int | None = None) -> AsyncIterator[None]:
        """Wait for a place, and keep the place until the block ends or starts waiting for an external service. `chat`:
        chat of the caller, for which a place may have been reserved.
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
        """Make callers of lower precedence wait until `unclaim` is called."""
        self._claims += 1
        self._is_idle.clear()

    def unclaim(self) -> None:
        """End one claim made by `claim`."""
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
    """Release the caller's place before the caller waits for Telegram or a provider. Return True if the caller is
    patient (see `FairSemaphore`).
    """
    turn = _mine.get()
    if turn is None:
        return False
    turn.end()
    return turn.patient
