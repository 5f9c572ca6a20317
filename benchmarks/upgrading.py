"""Measure the response and processing times of webhooks while a shop with a million customers is migrated.

`python -m benchmarks.upgrading [--customers 1000000] [--before]`

Fills a fresh PostgreSQL with customers, subscriptions and accesses, and runs `umbral web` over it. Five connections
deliver signed webhooks without a pause. In parallel, another connection writes to the tables as the processing of an
event does: it locks a customer and a subscription of theirs, and writes both. Meanwhile a report reads customers in a
transaction of 12 s, and trial revisions run: a column, an index of customers and one of webhooks, a check that is added
and then validated, and a value written into every customer. `--before` runs the same statements as they ran until
revision 151: without a lock timeout, with indexes created under a lock, and all statements of a revision in one
transaction.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from benchmarks.rows import say
from benchmarks.webhooks import events, over_http, web_process
from subscriptions.bootstrap import migrate
from umbral.bench.crowd import Crowd
from umbral.demo.postgres import EmbeddedPostgres

CONNECTIONS: Final = 5
REPORT_S: Final = 12
QUIET_S: Final = 5.0
LIMIT_S: Final = 1.0
_REVISION: Final = """
from alembic import op
from subscriptions.infrastructure.database import online_changes

revision, down_revision = "{name}", "{before}"


def upgrade() -> None:
    {step}
"""
_CHECK: Final = "ADD CONSTRAINT trial CHECK (price_minor >= 0)"
ONLINE: Final = (
    'op.execute("ALTER TABLE customers ADD COLUMN trial text")',
    'online_changes.create_index("ix_trial_customers", "customers (language, created_at)")',
    'online_changes.create_index("ix_trial_inbox", "webhook_inbox (received_at, provider)")',
    f'op.execute("ALTER TABLE subscriptions {_CHECK} NOT VALID")',
    'online_changes.validate_constraint("subscriptions", "trial")',
    """online_changes.backfill("customers", "trial = 'x'", "trial IS NULL")""",
)
BLOCKING: Final = (
    'op.execute("SET lock_timeout = 0"); op.execute("ALTER TABLE customers ADD COLUMN trial text");'
    """ op.execute("UPDATE customers SET trial = 'x'")""",
    'op.execute("CREATE INDEX ix_trial_customers ON customers (language, created_at)")',
    'op.execute("CREATE INDEX ix_trial_inbox ON webhook_inbox (received_at, provider)")',
    f'op.execute("ALTER TABLE subscriptions {_CHECK}")',
)


def trial(folder: Path, steps: Sequence[str]) -> None:
    """Append these revisions to the migrations of this version."""
    before = str(migrate.newest_revision())
    shutil.copytree(migrate.migrations_folder(), folder)
    for number, step in enumerate(steps, start=1):
        name = f"9{number:02}_trial"
        text = _REVISION.format(name=name, before=before, step=step)
        (folder / "versions" / f"{name}.py").write_text(text)
        before = name
    migrate.migrations_folder = lambda: folder


async def again(work: Callable[[], Awaitable[None]], waits: list[float]) -> None:
    """Repeat the work without a pause, and record the time of each repetition."""
    while True:
        start = time.perf_counter()
        await work()
        waits.append(time.perf_counter() - start)


async def deliver(port: int, waits: list[float]) -> None:
    """Send webhooks over one connection."""
    supply = events()
    async with over_http(port) as send:
        await again(lambda: send(next(supply)), waits)


async def apply_events(url: str, customers: int, waits: list[float]) -> None:
    """Lock and write a customer and their subscription, a different customer each time."""
    connection = await asyncpg.connect(url)
    number = 0

    async def one() -> None:
        nonlocal number
        number = number % customers + 1
        customer = UUID(f"00000000-0000-4000-8000-{number:012x}")
        async with connection.transaction():
            await connection.fetch("SELECT 1 FROM customers WHERE id = $1 FOR UPDATE", customer)
            await connection.fetch("SELECT 1 FROM subscriptions WHERE customer_id = $1 FOR UPDATE", customer)
            await connection.execute("UPDATE customers SET first_name = 'Eva' WHERE id = $1", customer)
            await connection.execute("UPDATE subscriptions SET ended_at = NULL WHERE customer_id = $1", customer)

    await again(one, waits)


async def read_for_long(url: str) -> None:
    """Read customers in a transaction that stays open, as a report or a backup does."""
    connection = await asyncpg.connect(url, server_settings={"application_name": "a report"})
    async with connection.transaction():
        await connection.fetchval("SELECT count(*) FROM customers")
        await asyncio.sleep(REPORT_S)
    await connection.close()


def report(name: str, waits: Sequence[float]) -> None:
    """Print one line with the waiting times. The longest one decides whether the benchmark fails."""
    p99 = statistics.quantiles(waits, n=100)[98]
    say(f"{name:34}  {len(waits):7}   p99 {1000 * p99:7.0f} ms   longest {1000 * max(waits):7.0f} ms")


async def measure(url: str, folder: Path, options: argparse.Namespace) -> bool:
    """Print the waiting times of webhooks and events, without and during the migrations. Return True if no webhook
    waited too long.
    """
    connection = await asyncpg.connect(url)
    await Crowd(connection, datetime.now(UTC)).fill(options.customers)
    await connection.close()
    say(f"{options.customers} customers")
    trial(folder / "migrations", BLOCKING if options.before else ONLINE)
    said = list[str]()
    async with web_process(url, folder) as (port, _):
        reported, worked = list[float](), list[float]()
        work = [asyncio.create_task(deliver(port, reported)) for _ in range(CONNECTIONS)]
        work.append(asyncio.create_task(apply_events(url, options.customers, worked)))
        await asyncio.sleep(QUIET_S)
        report("webhooks, in quiet", reported)
        report("work on their customers, in quiet", worked)
        reported.clear()
        worked.clear()
        reading = asyncio.create_task(read_for_long(url))
        await asyncio.sleep(1)
        start = time.perf_counter()
        await asyncio.to_thread(migrate.upgrade, url, say=said.append)
        seconds = time.perf_counter() - start
        await reading
        for each in work:
            each.cancel()
        for each in work:
            with suppress(asyncio.CancelledError):
                await each
    report("webhooks, during the migrations", reported)
    report("work on their customers, meanwhile", worked)
    say(f"{'':34}  {seconds:.0f} s of migrations; {len(said)} tries gave way")
    return max(reported) <= LIMIT_S


def main() -> int:
    """Run the benchmark; return 1 if a webhook waited for more than a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--before", action="store_true", help="the same as migrations ran until revision 151")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, EmbeddedPostgres(Path(scratch) / "postgres") as server:
        say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        migrate.upgrade(server.url)
        is_quick = asyncio.run(measure(server.url, Path(scratch), options))
    return 0 if is_quick or options.before else 1


if __name__ == "__main__":
    raise SystemExit(main())
