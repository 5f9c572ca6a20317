"""Of a crowd the first are answered first, and not all of them at the end.

What is worked on side by side is done at nearly the same moment, the last. So few begin at a time, and the next does as
soon as one is done or waits for somebody outside, which costs nobody anything. Newcomers begin only
while nobody known is being answered: what is done side by side shares one processor.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Final

PLACES: Final = 10
STANDS_BACK_S: Final = 5.0
"""How long somebody lets others go first; where those never cease, so many begin in that time all the same."""
EXPECTED_S: Final = 2.0
"""How long a turn is kept free for somebody who is expected; another process may have taken their chat."""
LONGEST_S: Final = 2.0
"""After this a turn is over anyhow: what it waits for may be long in coming."""


class Turn:
    """The place of one; given back once, however often its end is told. patient: see `FairSemaphore`."""

    def __init__(self, give_back: Callable[[], None], patient: bool) -> None:
        self._give_back = give_back
        self.patient = patient
        self._is_over = False
        self._timeout = asyncio.get_running_loop().call_later(LONGEST_S, self.end)

    def end(self) -> None:
        """Let the next begin."""
        if not self._is_over:
            self._is_over = True
            self._timeout.cancel()
            self._give_back()


_mine: ContextVar[Turn | None] = ContextVar("turn", default=None)


class FairSemaphore:
    """So many at a time, in the order in which they came. patient: whose answers wait for others' too. after: those
    who go first, as long as any of them waits for a turn or has one."""

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
        """Wait for a turn, and have it until the block ends or waits outside. chat: whose it is, where it may have been
        expected."""
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
        """Claim a turn for a chat whose job is on its way, until it comes or `EXPECTED_S` are over."""
        if chat not in self._expected:
            self.claim()
            self._expected[chat] = asyncio.get_running_loop().call_later(EXPECTED_S, self._end_expectation, chat)

    def _end_expectation(self, chat: int) -> None:
        timer = self._expected.pop(chat, None)
        if timer is not None:
            timer.cancel()
            self.unclaim()

    def claim(self) -> None:
        """Let those who come after wait, from now until `unclaim`."""
        self._claims += 1
        self._is_idle.clear()

    def unclaim(self) -> None:
        """End one claim."""
        self._claims -= 1
        if not self._claims:
            self._is_idle.set()

    async def wait_until_idle(self) -> None:
        """Wait until nobody has a turn or waits for one, `STANDS_BACK_S` at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_idle.wait(), STANDS_BACK_S)

    def _give_back(self) -> None:
        self._free.release()
        self.unclaim()


def step_aside() -> bool:
    """Told by whoever waits for Telegram or a provider from now on; whether it is done for somebody patient."""
    turn = _mine.get()
    if turn is None:
        return False
    turn.end()
    return turn.patient
