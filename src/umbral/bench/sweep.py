"""Benchmark of a bulk expiry, whose duration must not depend on the number of other customers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.bootstrap.worker import WorkerContainer
from umbral.bench.crowd import Crowd
from umbral.demo.postgres import EmbeddedPostgres

LIMIT: Final = 1.5
"""Maximum ratio between the duration with the most and the duration with the fewest customers."""

QUICK: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "shared_buffers": "512MB",
}
"""Settings of the temporary database, so that neither the disk nor the small default cache affects the measurement."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Measurement with a given number of customers. seconds: duration of each round; the fastest round counts, because
    slower rounds were disturbed by other work.
    """

    people: int
    due: int
    seconds: tuple[float, ...]

    @property
    def fastest(self) -> float:
        """Duration of the fastest round, in seconds."""
        return min(self.seconds)


async def measure(
    sizes: Sequence[int],
    due: int,
    rounds: int,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    resources: int = 1,
) -> list[Measurement]:
    """Measure each number of customers on a new database of a temporary server.

    due: number of subscriptions that expire per round. resources: number of chats among which the customers are
    distributed in an additional measurement with the largest number; 1 omits that measurement. on_progress: called
    after each round with the finished and the total number of rounds.
    """
    ended_count, plan = count(1), [(size, 1) for size in sizes]
    plan += [(max(sizes), resources)] if resources > 1 else []
    with TemporaryDirectory(prefix="umbral-bench-") as folder, EmbeddedPostgres(Path(folder), QUICK) as server:
        return [
            await _size(
                server.url, people, chats, due, rounds, lambda: on_progress(next(ended_count), len(plan) * rounds)
            )
            for people, chats in plan
        ]


async def _size(
    server: str, people: int, chats: int, due: int, rounds: int, round_ended: Callable[[], None]
) -> Measurement:
    url = await _database(server, f"bench_{people}_{chats}")
    await asyncio.to_thread(migrate.upgrade, url)
    connection = await asyncpg.connect(url)
    try:
        crowd = Crowd(connection, datetime.now(UTC))
        await crowd.fill(people, chats)
        seconds = []
        for _ in range(rounds):
            seconds.append(await _round(url, crowd, due))
            round_ended()
    finally:
        await connection.close()
    return Measurement(people=people, due=due, seconds=tuple(seconds))


async def _round(url: str, crowd: Crowd, due: int) -> float:
    await crowd.let_expire(due)
    settings = load(CoreSettings, {"DATABASE_URL": url, "SWEEP_GUARD": str(due)})
    async with open_core(settings, sells=False) as core:
        sweep = WorkerContainer(core=core).sweep_vip()
        began = perf_counter()
        ended_count = await sweep()
        duration = perf_counter() - began
    if ended_count != due or await crowd.count_due():
        raise RuntimeError(f"{ended_count} were swept of {due}")
    return duration


async def _database(server: str, name: str) -> str:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
