"""Isolation of different kinds of requests by separate concurrency limits and shared reads."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final, Generic, TypeVar

from subscriptions.domain.errors import RetryLater

T = TypeVar("T")

WEBHOOKS: Final = 100
"""Maximum concurrent webhooks. They are stored together over few database connections (`inbox/delivery_store.py`)."""
API: Final = 5
CONSOLE: Final = 2
"""Maximum concurrent requests of the API and of the console, within the connections in `WEB_DATABASE_CONNECTIONS`.
Pages and figures need one connection each (`CachedRead`).
"""
OF_ONE: Final = 4
"""Maximum number of a customer's requests in the Mini App, running and waiting, so that one customer does not delay
others.
"""
PATIENCE_S: Final = 20


class ConcurrencyLimit:
    """Limit on concurrent requests; further requests wait for a slot."""

    def __init__(self, slots: int) -> None:
        self._slots = asyncio.Semaphore(slots)
        self._of_each: Counter[Hashable] = Counter()

    @asynccontextmanager
    async def slot_of(self, whose: Hashable) -> AsyncIterator[None]:
        """Hold a slot for a visitor while the block runs. Raises RetryLater immediately if the visitor already has
        OF_ONE running or waiting requests.
        """
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
        """Hold a slot while the block runs. Raises RetryLater if no slot becomes free within PATIENCE_S seconds."""
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
    """Cached read that concurrent callers share. Failures are not cached."""

    def __init__(self, load: Callable[[], Awaitable[T]], keep_s: float) -> None:
        self._load = load
        self._keep_s = keep_s
        self._entry: tuple[float, T] | None = None
        self._task: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """Return the result of `load`, at most `keep_s` seconds old. If `load` fails, its error is raised in every
        waiting caller.
        """
        if self._entry is not None and monotonic() < self._entry[0]:
            return self._entry[1]
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read_now())
        # If one caller is canceled, the read continues for the others.
        return await asyncio.shield(self._task)

    async def _read_now(self) -> T:
        value = await self._load()
        self._entry = (monotonic() + self._keep_s, value)
        return value
