"""Notification of every waiter when the world changes."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator


class Feed:
    """Notifier that wakes its waiters at every commit; ``revision`` rises with each commit that changed data."""

    def __init__(self) -> None:
        self.revision = 0
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Return True once the world is being closed, when long polls and streams should end."""
        return self._closed

    def wake(self, *, changed: bool = True) -> None:
        """Wake every waiter. changed: True if there is new data to show."""
        self.revision += changed
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return at the next commit, or after ``seconds`` at the latest."""
        if self._closed or seconds <= 0:
            # Never return immediately, so that a loop around this call cannot starve other tasks.
            await asyncio.sleep(min(max(seconds, 0.0), 0.05))
            return
        # Not wait_for, which before Python 3.12 loses a cancellation that arrives together with the event.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def subscribe(self, heartbeat_s: float = 15.0) -> AsyncIterator[int]:
        """Yield the current revision, then a revision after each change (simultaneous changes count as one) and each
        heartbeat.
        """
        while not self._closed:
            seen = self.revision
            yield seen
            await self._rise(seen, heartbeat_s)

    async def _rise(self, seen: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.revision == seen and (left := until - time.monotonic()) > 0:
            await self.wait(left)

    def close(self) -> None:
        """End all current and future waits."""
        self._closed = True
        self.wake()
