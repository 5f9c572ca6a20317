"""State of the sandbox, which all simulated services share."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from umbral_sandbox.world.calls import Call
from umbral_sandbox.world.clock import ClockRecord, WorldClock, steady_wall
from umbral_sandbox.world.feed import Feed
from umbral_sandbox.world.ids import Counter, Ids, SeedRecord
from umbral_sandbox.world.matches import Match
from umbral_sandbox.world.store import Store
from umbral_sandbox.world.telegram import Telegram
from umbral_sandbox.world.telegram.records import SentFile
from umbral_sandbox.world.wire import FaultsRecord, Wire

TICK_S = 0.2
_log = logging.getLogger(__name__)


class World:
    """State of the sandbox: store, clock, call log, event feed and the simulated Telegram.

    path: database file; None for memory only. seed: number that makes ids and tokens repeatable, stored in the file.
        start: time of a new world's clock; None for wall time. wall: time source of the clock.
    """

    def __init__(
        self,
        path: Path | None = None,
        seed: int = 0,
        start: datetime | None = None,
        wall: Callable[[], float] | None = None,
    ) -> None:
        self.store = Store(path)
        self.feed = Feed()
        self.clock = WorldClock(self.store.collection("clock", ClockRecord), start, wall or steady_wall())
        counters = self.store.collection("counters", Counter)
        self.ids = Ids(counters, self.store.collection("seed", SeedRecord), seed)
        self.wire = Wire(
            self.store.collection("calls", Call),
            self.store.collection("faults", FaultsRecord),
            self.clock,
            self.ids,
            self.commit,
        )
        self.telegram = Telegram(self.store, self.clock, self.ids)
        self.sent_files = self.store.collection("sent_files", SentFile)
        self.matches = self.store.collection("matches", Match)
        #: Parts that providers add to ``GET /control/state``: name -> function that builds the part.
        self.state_parts: dict[str, Callable[[], JsonValue]] = {}
        self._ticks: list[Callable[[datetime], Awaitable[None]]] = []
        self._resets: list[Callable[[], None]] = []
        self._ticking = asyncio.Lock()
        self.commit()

    def on_tick(self, handler: Callable[[datetime], Awaitable[None]]) -> None:
        """Register ``handler``, which is called with the time about five times a second and after each advance."""
        self._ticks.append(handler)

    def on_reset(self, handler: Callable[[], None]) -> None:
        """Register ``handler``, which is called after a reset of the sandbox and clears data that is
        not in the store.
        """
        self._resets.append(handler)

    async def tick(self) -> None:
        """Run every tick handler once, now."""
        async with self._ticking:
            for handler in self._ticks:
                try:
                    await handler(self.clock.now())
                except Exception:
                    # One provider's failure must not stop the clock or the others; it is logged.
                    _log.exception("a tick handler failed")

    async def run(self) -> None:
        """Run the tick handlers about five times a second until canceled."""
        while True:
            await self.tick()
            await asyncio.sleep(TICK_S)

    async def advance(self, delta: timedelta) -> datetime:
        """Advance the clock, process everything that is due, and return the new time."""
        self.clock.advance(delta)
        self.commit()
        await self.tick()
        self.commit()
        return self.clock.now()

    def commit(self) -> None:
        """Write changes to disk and wake all waiters for a change."""
        self.feed.wake(changed=self.store.flush())

    def reset(self) -> None:
        """Empty the world: remove people, channels, calls and faults, and reset the clock to wall time."""
        self.wire.release()
        self.store.clear()
        self.ids.reset()
        self.clock.reset()
        self.telegram.reset()
        for handler in self._resets:
            handler()
        self.commit()

    def close(self) -> None:
        """Write all changes, close the database file, and wake all waiters for a change."""
        self.feed.close()
        self.store.close()
