"""Of a crowd the first are answered first, and not all of them at the end.

What is worked on side by side is done at nearly the same moment, the last. So few begin at a time, and the next does as
soon as one is done or waits for somebody outside, which costs nobody anything.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Final

PLACES: Final = 10
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
    """So many at a time, in the order in which they came. patient: whose answers wait for others' too."""

    def __init__(self, places: int = PLACES, *, patient: bool = False) -> None:
        self._free = asyncio.Semaphore(places)
        self._patient = patient

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it until the block ends or waits outside."""
        await self._free.acquire()
        turn = Turn(self._free.release, self._patient)
        token = _mine.set(turn)
        try:
            yield
        finally:
            _mine.reset(token)
            turn.end()


def step_aside() -> bool:
    """Told by whoever waits for Telegram or a provider from now on; whether it is done for somebody patient."""
    turn = _mine.get()
    if turn is None:
        return False
    turn.end()
    return turn.patient
