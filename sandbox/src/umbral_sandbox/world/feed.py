"""Wakes everyone who waits for the world to change."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator


class Feed:
    """Waiters look again at every commit; ``revision`` rises with those that changed something."""

    def __init__(self) -> None:
        self.revision = 0
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def closed(self) -> bool:
        """True once the world is being closed: long polls and streams should end."""
        return self._closed

    def wake(self, *, changed: bool = True) -> None:
        """Let every waiter look again; ``changed`` tells whether there is something new to show."""
        self.revision += changed
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return at the next commit, or after ``seconds`` at the latest."""
        if self._closed or seconds <= 0:
            # Never quite at once, so that a loop around this cannot starve the others.
            await asyncio.sleep(min(max(seconds, 0.0), 0.05))
            return
        # Not wait_for: before Python 3.12 it loses a cancellation that arrives together with the event.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def subscribe(self, heartbeat_s: float = 15.0) -> AsyncIterator[int]:
        """The revision now, then after each change (several at once count as one) and each heartbeat."""
        while not self._closed:
            seen = self.revision
            yield seen
            await self._rise(seen, heartbeat_s)

    async def _rise(self, seen: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.revision == seen and (left := until - time.monotonic()) > 0:
            await self.wait(left)

    def close(self) -> None:
        """End all waiting for good."""
        self._closed = True
        self.wake()
