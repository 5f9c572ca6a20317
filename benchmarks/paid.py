"""Compare the time to apply payment events with the time of the same SQL sent by raw asyncpg.

`python -m benchmarks.paid [--events 200] [--rounds 3] [--workers 1 4]`

The inbox contains one pending event for each of a number of customers who have paid. Each round uses two fresh copies
of the database. In one copy, the events are applied by the use case that the worker's job calls, with an in-memory
provider, in --workers processes, each of which applies one event at a time. In the other copy, the recorded SQL is sent
again by raw asyncpg over as many connections: the same prepared statements with the same values in the same
transactions. So the difference is the cost of Python alone. Statements, transactions and database round trips per
event, which do not depend on the load, are also printed.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.rows import Row, say, tell
from subscriptions.bootstrap import migrate
from subscriptions.domain.ids import InboxId
from subscriptions.infrastructure.database.address import plain_dsn
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.clock import ManualClock
from tests.fakes.provider import Provider
from tests.fakes.shop import Shop, database_shop
from umbral.demo.postgres import EmbeddedPostgres

WARM: Final = 5
NUMBERS: Final = itertools.count()
BEGIN: Final = "BEGIN"
COMMIT: Final = "COMMIT"
ROLLBACK: Final = "ROLLBACK"
WANTED: Final = "≥ 0.35"

Statement = tuple[str, Sequence[Any]]
Work = Callable[[int], Awaitable[None]]
"""Function that processes the event with this number."""
Shift = tuple[float, float, list[float]]
"""Start and end of a worker, and the seconds of each event."""


@dataclass
class Tape:
    """Recorder of the statements that an engine sends, event by event."""

    events: list[list[Statement]] = field(default_factory=list)

    def listen(self, engine: AsyncEngine) -> None:
        """Start recording the statements of an engine."""
        begun = dict[int, bool]()

        def sent(connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
            wire = connection.connection.dbapi_connection
            if not wire.autocommit and not begun.get(id(connection)):
                begun[id(connection)] = True
                self._note(BEGIN)
            for values in given if many else [given]:
                self._note(statement, tuple(values))

        def ended(word: str) -> Callable[[Any], None]:
            def note(connection: Any) -> None:
                if begun.pop(id(connection), False):
                    self._note(word)

            return note

        event.listen(engine.sync_engine, "before_cursor_execute", sent)
        event.listen(engine.sync_engine, "commit", ended(COMMIT))
        event.listen(engine.sync_engine, "rollback", ended(ROLLBACK))

    def _note(self, statement: str, values: Sequence[Any] = ()) -> None:
        if self.events:
            self.events[-1].append((statement, values))


@dataclass(frozen=True)
class Paid:
    """Database with this number of paid orders, and the state needed to apply their events."""

    url: str
    provider: Provider
    clock: ManualClock
    waiting: Sequence[InboxId]

    async def again(self) -> str:
        """Create a copy of the database and return the copy's URL."""
        return await _made(self.url, self.url.rpartition("/")[2])


async def _made(url: str, template: str) -> str:
    name, (beside, _, _) = f"bench_{next(NUMBERS)}", url.rpartition("/")
    connection = await asyncpg.connect(f"{beside}/postgres")
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    await connection.close()
    return f"{beside}/{name}"


async def prepare(url: str, number: int) -> Paid:
    """Create this number of customers, each with a pending event. url: URL of a migrated, empty database."""
    engine = create_engine(url)
    shop = database_shop(engine)
    plan, waiting = await shop.plan(), list[InboxId]()
    for index in range(number):
        _, session = await shop.checkout(await shop.customer(), plan)
        # The last event of a provider is the payment.
        waiting.append(await shop.store(shop.provider.pay(session, card=f"cus-{index}")[-1]))
    await engine.dispose()
    return Paid(url, shop.provider, shop.clock, waiting)


async def replay(work: Work, number: int, at_once: int) -> float:
    """Process the events and return the number of events per second, after a warm-up that opens all connections and
    prepares their statements. at_once: number of events processed in parallel.
    """
    left = iter(range(number))
    for _ in range(WARM):
        await asyncio.gather(*(work(next(left)) for _ in range(at_once)))
    number -= WARM * at_once

    async def line() -> None:
        for index in left:
            await work(index)

    began = time.perf_counter()
    await asyncio.gather(*(line() for _ in range(at_once)))
    return number / (time.perf_counter() - began)


async def applied(paid: Paid, workers: int) -> tuple[float, list[float]]:
    """Return the events per second of the use case in this number of processes, which share the events, and the seconds
    of each event.
    """
    url, context = await paid.again(), multiprocessing.get_context("spawn")
    ready = context.Barrier(workers)
    shown: SimpleQueue[Shift | None] = context.SimpleQueue()
    shares = [paid.waiting[index::workers] for index in range(workers)]
    crew = [context.Process(target=_worker, args=(paid, url, share, ready, shown), daemon=True) for share in shares]
    for each in crew:
        each.start()
    shifts = [shift for shift in (shown.get() for _ in crew) if shift]
    for each in crew:
        each.join()
    if len(shifts) < workers:
        raise RuntimeError("a worker of the benchmark failed: its reason stands above")
    took = [each for _, _, share in shifts for each in share]
    return len(took) / (max(ended for _, ended, _ in shifts) - min(began for began, _, _ in shifts)), took


def _worker(
    paid: Paid, url: str, share: Sequence[InboxId], ready: Barrier, reported: SimpleQueue[Shift | None]
) -> None:
    """Apply a share of the events in a separate process. The machine's clock is used, so that start and end can be
    compared between processes.
    """

    async def shift() -> Shift:
        engine, took = create_engine(url), list[float]()
        apply = _shop(paid, engine).apply
        for each in share[:WARM]:
            await apply(each)
        ready.wait()
        began = last = time.perf_counter()
        for each in share[WARM:]:
            await apply(each)
            took.append(time.perf_counter() - last)
            last = time.perf_counter()
        await engine.dispose()
        return began, last, took

    _be_quiet()
    try:
        reported.put(asyncio.run(shift()))
    except BaseException:
        ready.abort()
        reported.put(None)
        raise


async def recorded(paid: Paid) -> Tape:
    """Record the SQL statements that apply the events."""
    engine = create_engine(await paid.again())
    shop, tape = _shop(paid, engine), Tape()
    tape.listen(engine)
    for each in paid.waiting:
        tape.events.append([])
        await shop.apply(each)
    await engine.dispose()
    return tape


async def replayed(paid: Paid, tape: Tape, at_once: int, copy: str | None = None) -> float:
    """Return the events per second of the same SQL by raw asyncpg. copy: URL of the database to use; None to create a
    copy.
    """
    url, free = plain_dsn(copy or await paid.again()), asyncio.Queue[tuple[asyncpg.Connection, dict[str, Any]]]()
    async with AsyncExitStack() as stack:
        for _ in range(at_once):
            connection = await asyncpg.connect(url)
            stack.push_async_callback(connection.close)
            free.put_nowait((connection, {}))

        async def work(index: int) -> None:
            connection, prepared = await free.get()
            for statement, values in tape.events[index]:
                if statement in {BEGIN, COMMIT, ROLLBACK}:
                    await connection.execute(statement)
                    continue
                if statement not in prepared:
                    prepared[statement] = await connection.prepare(statement)
                await prepared[statement].fetch(*values)
            free.put_nowait((connection, prepared))

        return await replay(work, len(tape.events), at_once)


def _shop(paid: Paid, engine: AsyncEngine) -> Shop:
    return database_shop(engine, clock=paid.clock, provider=paid.provider)


def counted(tape: Tape) -> tuple[float, float, float]:
    """Return the medians of statements, transactions and round trips per event."""
    ends = {COMMIT, ROLLBACK}
    return (
        statistics.median(sum(each[0] not in {BEGIN, *ends} for each in one) for one in tape.events),
        statistics.median(sum(each[0] in ends for each in one) for one in tape.events),
        statistics.median(len(one) for one in tape.events),
    )


async def compare(server: str, options: argparse.Namespace) -> None:
    """Measure the use case and the raw SQL in turn, round by round."""
    url = await _made(server, "template1")
    await asyncio.to_thread(migrate.upgrade, url)
    paid = await prepare(url, options.events)
    tape = await recorded(paid)
    takes = "{:.0f} statements, {:.0f} transactions, {:.0f} trips".format(*counted(tape))
    say(f"an event takes {takes}")
    for workers in options.workers:
        rounds, took = list[tuple[float, float]](), list[float]()
        for _ in range(options.rounds):
            limit = await replayed(paid, tape, workers)
            ours, each = await applied(paid, workers)
            rounds.append((limit, ours))
            took += each
        cuts = statistics.quantiles(took, n=100)
        limit, ours = (statistics.median(each[index] for each in rounds) for index in (0, 1))
        row = Row(
            f"payment events applied, {workers} worker{'s' if workers > 1 else ''}",
            f"{limit:.0f}/s, the same SQL replayed",
            f"{ours:.0f}/s, p50 {1000 * cuts[49]:.0f} ms, p99 {1000 * cuts[98]:.0f} ms; {takes}",
            [mine / theirs for theirs, mine in rounds],
            WANTED,
        )
        tell(row)
        say(row.line())


def _be_quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4])
    options = parser.parse_args()
    _be_quiet()
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as scratch:
        server = EmbeddedPostgres(Path(scratch) / "postgres")
        try:
            server.start()
            asyncio.run(compare(server.url, options))
        finally:
            server.erase()


if __name__ == "__main__":
    main()
