"""Consecutive markets: bursts of random events at all providers, reported in duplicate, late, shuffled or not at
all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from subscriptions.domain.ids import identifiers_from
from tests.shuffle import promises
from tests.shuffle.back_office import BackOffice
from tests.shuffle.books import hold, hold_at_the_end
from tests.shuffle.happenings import Happenings
from tests.shuffle.market import Market, open_market
from tests.shuffle.postman import Postman
from tests.shuffle.promises import Broken
from tests.year.chance import Chance, Stream
from umbral.testing.kit.listening import listening

PEOPLE: Final = 4
PER_MARKET: Final = 300
"""Number of deliveries to one market."""
STEP: Final = timedelta(hours=12)
LAST_DAYS: Final = 45

Entitlement = Callable[[Stream, int, int], AbstractAsyncContextManager[Market]]


@dataclass(frozen=True)
class Fair:
    """Result of a run.

    lost: number of webhooks that never arrived. refused: error messages of jobs that a provider refused permanently.
    taken: number of recorded payments by provider. digest: hash of all records at the end. broken: the violated
    guarantee with the market's number; None if all guarantees were fulfilled.
    """

    delivered: int
    markets: int
    lost: int
    refused: tuple[str, ...]
    taken: tuple[tuple[str, int], ...]
    digest: str
    broken: str | None


async def traded(seed: int, deliveries: int, entitlement: Entitlement = open_market) -> Fair:
    """Simulate at least the given number of deliveries, chosen by a seed, and return the result."""
    delivered = lost = number = 0
    taken: dict[str, int] = {}
    refused: list[str] = []
    digest = hashlib.sha256()
    broken = None
    while delivered < deliveries and broken is None:
        chance = Chance(seed * 100_003 + number)
        with identifiers_from(chance.of("identifiers").randbytes):
            async with entitlement(chance.of("market"), seed * 100_003 + number, PEOPLE) as market:
                day = Day(market, chance)
                try:
                    await day.pass_by(min(PER_MARKET, deliveries - delivered))
                except Broken as fault:
                    broken = f"market {number}: {fault}"
                delivered, lost = delivered + day.postman.delivered, lost + len(day.postman.lost) - day.redelivered
                digest.update(_record(market).encode())
                refused += day.refused
                for row in promises.payment_rows(market):
                    taken[row.provider] = taken.get(row.provider, 0) + 1
        number += 1
    return Fair(delivered, number, lost, tuple(refused), tuple(sorted(taken.items())), digest.hexdigest()[:16], broken)


class Day:
    """One simulated market, from its first customer until long after its last customer."""

    def __init__(self, market: Market, chance: Chance) -> None:
        self.market = market
        self.redelivered = 0
        self.postman = Postman(market, chance.of("postman"))
        self._chance = chance.of("day")
        self._happenings = Happenings(market, chance.of("happenings"))
        self._office = BackOffice(market, chance.of("office"))

    @property
    def refused(self) -> list[str]:
        """Return the error messages of jobs that a provider refused permanently."""
        return self._office.refused

    async def pass_by(self, deliveries: int) -> None:
        """Run until the given number of deliveries is made. Raises Broken if a guarantee is violated."""
        with listening(self.market.lines):
            while self.postman.delivered < deliveries:
                await self._burst()
                await self.postman.collect()
                hold(self.market, self.postman.outstanding())
            await self._run_out()
        hold_at_the_end(self.market)

    async def _burst(self) -> None:
        for _ in range(self._chance.randint(1, 6)):
            await self._happenings.one()
            await self.market.advance(timedelta(seconds=self._chance.randint(1, 90)))
        await self._wait(self._chance.wait(timedelta(minutes=1), timedelta(days=12)))
        if self._chance.happens(0.5):
            await self._office.look_at_clock()
        await self._hand_in(last=False)
        await self._office.look_at_clock()
        await self._office.run_due_jobs()
        await self._hand_in(last=False)
        await self._office.run_due_jobs()

    async def _hand_in(self, *, last: bool) -> None:
        """Deliver the collected events. Events that arrive during the work are delivered in the next round."""
        await self.postman.collect()
        for letter in await self.postman.round(last=last):
            await self.postman.hand_in(letter)
            if self._chance.happens(0.3):
                await self._office.work()
            if self._chance.happens(0.2):
                await self.market.advance(timedelta(seconds=self._chance.randint(1, 40)))
        await self._office.run_due_jobs()

    async def _run_out(self) -> None:
        """Deliver the remaining events while the clock advances by LAST_DAYS, so that the product fetches all events
        that no webhook reported.
        """
        for _ in range(LAST_DAYS * 2):
            await self._hand_in(last=True)
            await self._office.look_at_clock()
            await self.market.advance(STEP)
        self.redelivered = len(self.postman.retry_unfetched())
        for _ in range(3):
            await self._hand_in(last=True)
            await self._office.look_at_clock()

    async def _wait(self, time: timedelta) -> None:
        while time > timedelta():
            await self.market.advance(min(time, STEP))
            await self.postman.collect()
            time -= STEP


def _record(market: Market) -> str:
    """Return all records of payments and access as text, without names."""
    lines = [
        f"{row.provider} {row.amount} {row.status} {row.flag} {row.occurred_at}"
        for row in promises.payment_rows(market)
    ]
    lines += [f"{row.status} {row.access_until}" for row in market.memory.rows("subscriptions")]
    lines += [f"{row.kind} {row.starts_at} {row.length}" for row in promises.entry_rows(market)]
    lines += [f"{row.status}" for row in market.memory.rows("accesses")]
    return "\n".join(sorted(lines))
