"""Analyse the product's SQL statements with a year's data of many customers: sequential scans, and slow statements.

`python -m benchmarks.growth [--customers 10000 100000]`

Fills a fresh PostgreSQL with invented years of this number of customers: purchases as in `benchmarks.console`, and for
each payment its event in the inbox, notifications, a ledger entry, an invite, a month of messages to the bot and two
posts, all in the order in which they would be written. A short virtual year in a second database records the product's
statements. Each of these statements, and each statement that deletes old records, is then planned and run in the large
database and rolled back. The report lists the statements that scan a table of more than ten thousand rows, and the
slowest statements, at both sizes. Returns 1 if a statement scans a table without needing all of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.console import invent
from benchmarks.rows import Row, say, tell
from subscriptions.bootstrap import migrate
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.units import route_by_name, sql_unit
from tests.support.plans import BEGINS, GROWING
from tests.year.chance import Chance
from tests.year.line import Line
from tests.year.span import Span
from tests.year.world import START, Year, play
from umbral.demo.postgres import EmbeddedPostgres

SPAN: Final = Span(seed=1, days=3, customers=6, brisk=True)
NOW: Final = START + timedelta(days=3)
"""End of the large year. The statements of the short year select rows that are due at this time."""
MANY: Final = 10_000
"""Number of rows from which a table needs an index."""
ROUNDS: Final = 3
SLOWEST: Final = 5
_SERVER: Final = {"fsync": "off", "shared_buffers": "2GB", "max_wal_size": "16GB", "synchronous_commit": "off"}
_UNCHECKED: Final = {"session_replication_role": "replica", "maintenance_work_mem": "1GB", "work_mem": "256MB"}
"""Settings that skip foreign key checks, because looking up each invented reference takes longer than writing the row.
"""

_BESIDE: Final = (
    "INSERT INTO webhook_inbox (id, provider, event_key, event, body, status, attempts, received_at, handled_at,"
    " origin) SELECT md5('e' || id)::uuid, provider, payment_key, jsonb_build_object('data',"
    " jsonb_build_object('order_id', order_id, 'payment_key', payment_key)),"
    " CASE WHEN occurred_at > @now - interval '180 days' THEN convert_to(repeat('x', 900), 'UTF8') ELSE ''::bytea END,"
    " 'applied', 1, occurred_at, occurred_at, 'told' FROM payments ORDER BY occurred_at",
    "INSERT INTO ledger_entries (subscription_id, kind, source_key, starts_at, length, payment_id, note, created_at)"
    " SELECT subscription_id, 'payment', payment_key, occurred_at, interval '1 month', id, '', occurred_at"
    " FROM payments ORDER BY occurred_at",
    "INSERT INTO notifications (id, key, kind, recipient, language, params, repeated, sent_at, created_at)"
    " SELECT md5('n' || p.id || turn)::uuid, payment_key || ' ' || turn, 'renewed',"
    " CASE WHEN occurred_at > @now - interval '180 days' THEN telegram_id ELSE 0 END, 'es', '{}'::jsonb, 0,"
    " occurred_at, occurred_at FROM payments p JOIN customers c ON c.id = customer_id"
    " CROSS JOIN generate_series(1, 2) turn ORDER BY occurred_at",
    "INSERT INTO bot_updates (bot_id, update_id, chat_key, payload, received_at, attempts, done_at) SELECT 1,"
    " telegram_id * 10 + turn, telegram_id, jsonb_build_object('message', jsonb_build_object('text', '/estado')),"
    " at, 0, at FROM customers CROSS JOIN generate_series(1, 5) turn"
    " CROSS JOIN LATERAL (SELECT @now - random() * interval '30 days' AS at WHERE telegram_id > 0) AS month"
    " ORDER BY at",
    "INSERT INTO channel_invites (id, channel_id, customer_id, url, creator, status, created_at, expires_at)"
    " SELECT md5('i' || id)::uuid, id, customer_id, 'https://t.me/+' || marker, 'bot', 'revoked', created_at,"
    " created_at + interval '1 day' FROM telegram_channels",
    "INSERT INTO picks (id, key, plan_id, content, status, revision, created_at) SELECT md5('k' || n)::uuid, 'k' || n,"
    " id, '{}'::jsonb, 'accepted', 1, @now FROM service_plans CROSS JOIN generate_series(1, 2) n WHERE position = 1",
    "INSERT INTO pick_deliveries (id, pick_id, channel_id, chat_id, revision, repeated, created_at)"
    " SELECT md5('d' || p.id || c.id)::uuid, p.id, c.id, 1, 1, 0, @now FROM picks p CROSS JOIN telegram_channels c",
    "ANALYZE",
)


ABOUT_ALL: Final = (
    # Number of subscriptions active at a time: a figure of the console, calculated once and stored.
    "FROM subscriptions WHERE access_until IS NOT NULL AND created_at < $1",
    # Paying customers without a channel: the hourly reconciliation compares all with all.
    "AND NOT (EXISTS (SELECT * FROM telegram_channels",
    # Customers who accepted other terms than the current ones: looked for once an hour. An index would save 65 ms then.
    "WHERE (customers.terms_version NOT IN",
)
"""Parts of statements that may scan a table because they need all of its rows."""


async def heard(url: str) -> Mapping[str, Sequence[Any]]:
    """Record a short virtual year and the deletion of old records, and return their SQL statements with the parameters.

    url: URL of an empty database.
    """
    asked = dict[str, Sequence[Any]]()

    def listen(engine: AsyncEngine) -> None:
        def hear(_connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
            asked.setdefault(statement, tuple(given[0] if many else given))

        event.listen(engine.sync_engine, "before_cursor_execute", hear)

    def watched(engine: AsyncEngine, line: Line, span: Span, chance: Chance) -> Year:
        listen(engine)
        return Year(engine, line, span, chance)

    await play(url, SPAN, watched)
    engine = create_engine(url)
    listen(engine)
    async with sql_unit(engine, route_by_name) as uow:
        for record in Record:
            await uow.personal_data.prune(record, NOW, timedelta(days=180), 1000)
    await engine.dispose()
    return {statement: given for statement, given in asked.items() if BEGINS.match(statement)}


async def timed(url: str, asked: Mapping[str, Sequence[Any]]) -> dict[str, tuple[float, list[str]]]:
    """Return the milliseconds of each statement, and the large tables that the statement scans."""
    connection, found = await asyncpg.connect(url), dict[str, tuple[float, list[str]]]()
    counted = "SELECT relname, reltuples::bigint FROM pg_class WHERE relname = ANY($1) AND relkind = 'r'"
    sizes: dict[str, int] = dict(await connection.fetch(counted, GROWING))
    say(", ".join(f"{count:,} {name}" for name, count in sizes.items() if count >= MANY))
    large = {name for name, count in sizes.items() if count >= MANY}
    for statement, given in asked.items():
        took = list[float]()
        for _ in range(ROUNDS):
            reported = connection.transaction()
            await reported.start()
            try:
                plan = json.loads(
                    await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", *given)
                )[0]
                took.append(plan["Execution Time"])
                through = [each["Relation Name"] for each in _steps(plan["Plan"]) if each["Node Type"] == "Seq Scan"]
                found[statement] = statistics.median(took), [name for name in through if name in large]
            except asyncpg.IntegrityConstraintViolationError:
                # The statement adds rows that refer to a customer of the other database.
                break
            finally:
                await reported.rollback()
    await connection.close()
    return found


def _steps(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _steps(below)


async def made(url: str, customers: int) -> None:
    """Fill an empty database with a year's data of the customers."""
    began = time.monotonic()
    await invent(url, customers, _UNCHECKED, NOW)
    connection = await asyncpg.connect(url, server_settings=_UNCHECKED)
    for statement in _BESIDE:
        await connection.execute(statement.replace("@now", f"timestamptz '{NOW.isoformat()}'"))
    size = await connection.fetchval("SELECT pg_size_pretty(pg_database_size(current_database()))")
    await connection.close()
    say(f"{customers:,} customers: {size}, made in {time.monotonic() - began:.0f} s")


def report(sizes: Sequence[int], found: Sequence[Mapping[str, tuple[float, list[str]]]]) -> int:
    """Report the slowest statements of the largest size, and all table scans; return 1 if a scan is unnecessary."""
    last = found[-1]
    for statement in sorted(last, key=lambda each: -last[each][0])[:SLOWEST]:
        took = ", ".join(f"{each[statement][0]:.1f} ms" for each in found if statement in each)
        say(f"{took}: {' '.join(statement.split())[:110]}")
    through = {statement: names for statement, (_, names) in last.items() if names}
    for statement, names in through.items():
        say(f"READS THROUGH {', '.join(names)}: {' '.join(statement.split())[:300]}")
    totals = [sum(took for took, _ in each.values()) for each in found]
    asked = len(last)
    tell(
        Row(
            f"{asked} statements, once each, with {sizes[-1]:,} customers",
            f"{totals[0]:.0f} ms with {sizes[0]:,}",
            f"{totals[-1]:.0f} ms; {len(through)} read through a large table",
            [totals[-1] / totals[0]],
            "≤ 2",
        )
    )
    say(f"{asked} statements: {', '.join(f'{total:.0f} ms' for total in totals)}; {len(through)} read through")
    return 0 if all(any(part in " ".join(each.split()) for part in ABOUT_ALL) for each in through) else 1


async def measure(server: str, sizes: Sequence[int]) -> int:
    """Measure all sizes, one after the other. Return 1 if a statement scans a large table unnecessarily."""
    connection = await asyncpg.connect(server)
    names = ["played", *(f"year_{size}" for size in sizes)]
    for name in names:
        await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    urls = [f"{server.rpartition('/')[0]}/{name}" for name in names]
    for url in urls:
        await asyncio.to_thread(migrate.upgrade, url)
    asked, found = await heard(urls[0]), []
    for size, url in zip(sizes, urls[1:], strict=True):
        await made(url, size)
        found.append(await timed(url, asked))
    return report(sizes, found)


def main() -> int:
    """Run the benchmark and print the results; return 1 if a statement scans a large table unnecessarily."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000])
    options = parser.parse_args()
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder), _SERVER) as postgres:
        return asyncio.run(measure(postgres.url, options.customers))


if __name__ == "__main__":
    raise SystemExit(main())
