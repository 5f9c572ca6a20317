"""What keeps one kind of request from starving the others: slots of its own, and one reading for all who ask."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final, Generic, TypeVar

from subscriptions.domain.errors import RetryLater

T = TypeVar("T")

WEBHOOKS: Final = 100
"""At once. They are stored together, by few of the database's connections (`inbox/arrivals.py`)."""
API: Final = 5
CONSOLE: Final = 2
"""At once, of the connections that `WEB_DATABASE_CONNECTIONS` gives. Pages and figures need one each (`CachedRead`)."""
MINI_APP: Final = 2
"""At once, of the three connections of the console's login: what customers do leaves one to staff and programs."""
OF_ONE: Final = 4
"""Requests of one customer of the Mini App that run or wait: nobody's crowd stands before the others."""
PATIENCE_S: Final = 20


class ConcurrencyLimit:
    """So many at once; the others wait."""

    def __init__(self, slots: int) -> None:
        self._slots = asyncio.Semaphore(slots)
        self._of_each: Counter[Hashable] = Counter()

    @asynccontextmanager
    async def slot_of(self, whose: Hashable) -> AsyncIterator[None]:
        """The same for somebody who may have OF_ONE at a time, those that wait among them. Raises RetryLater at once
        for more."""
        if self._of_each[whose] >= OF_ONE:
            raise RetryLater("too much of one person's at once")
        self._of_each[whose] += 1
        try:
            async with self.slot():
                yield
        finally:
            self._of_each[whose] -= 1
            if not self._of_each[whose]:
                del self._of_each[whose]

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one of them while the block runs. Raises RetryLater where none becomes free."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._slots.acquire()
        except TimeoutError:
            raise RetryLater("too much at once") from None
        try:
            yield
        finally:
            self._slots.release()


class CachedRead(Generic[T]):
    """One reading for all who ask meanwhile, kept for a moment; a failure is not kept."""

    def __init__(self, load: Callable[[], Awaitable[T]], keep_s: float) -> None:
        self._load = load
        self._keep_s = keep_s
        self._entry: tuple[float, T] | None = None
        self._task: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """Return what `load` returned, at most keep_s ago. Raises what it raises."""
        if self._entry is not None and monotonic() < self._entry[0]:
            return self._entry[1]
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read_now())
        # Who goes away does not take the others' answer with them.
        return await asyncio.shield(self._task)

    async def _read_now(self) -> T:
        value = await self._load()
        self._entry = (monotonic() + self._keep_s, value)
        return value
