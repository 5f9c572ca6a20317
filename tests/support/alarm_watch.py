"""Helper that announces a shop's alarms and runs the alarm watch, which closes alarms whose cause is gone."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application.alarms.watch_alarms import WatchAlarms
from subscriptions.application.messages.announce import Announce
from tests.fakes.shop import Shop
from tests.fakes.telegram import MemoryNotifier


class Watch:
    """Announcer of a shop's alarms that also runs the watch, which closes alarms."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._announce = Announce(shop.units, MemoryNotifier(), shop.clock, shop.policy, shop.gateways)
        self._look = WatchAlarms(shop.units, shop.clock)
        self._announced_count = 0

    async def announce(self, key: str, kind: str, **facts: str) -> None:
        await self._announce.alarm(key, kind, facts, frozenset())

    async def open(self) -> list[str]:
        """Announce the alarms raised since the last call, run the watch five minutes later, and return the kinds of the
        open alarms.
        """
        jobs = await self.shop.jobs("bot.alarm")
        for job in jobs[self._announced_count :]:
            await self.announce(job["key"], job["kind"], **job["facts"])
        self._announced_count = len(jobs)
        self.shop.clock.advance(timedelta(minutes=5))
        await self._look()
        async with self.shop.units() as uow:
            return sorted(alarm.kind for alarm in await uow.alarms.open(99))
