"""Measure the response time of each page of the console with many customers.

`python -m benchmarks.console [--customers 100000] [--rounds 20] [--database URL]`

Fills a fresh PostgreSQL with invented customers over three years: each with one to three subscriptions at a monthly or
yearly price, most with a payment for each period, some with refunds or plan changes. Then every page is requested
repeatedly over HTTP from the complete web application. The first request, which may have to calculate figures, is
reported separately from the median and p95 of the others. --database: database that an earlier run has filled.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from benchmarks.rows import Row, say, tell
from features.figures.wiring import figures_of
from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.domain.entities.customer import StaffRole
from tests.support.console_visitor import OLGA, Visitor, hire, visiting
from tests.support.features import EVERY
from tests.support.website import Website, running_website
from umbral.demo.postgres import EmbeddedPostgres
from web.console.index import pages
from web.console.visit import Page

MOST_MS: Final = 300
MOST_BYTES: Final = 150_000
_INVENTED: Final = (
    "INSERT INTO service_plans (id, soft_id, name, emoji, description, price_minor, price_currency, recurring,"
    " interval, interval_count, trial_days, access, active, position, created_at)"
    " SELECT md5('p' || n)::uuid, 'plan-' || n,"
    " 'Plan ' || n, '', '', 999 * n, 'EUR', true, CASE WHEN n = 3 THEN 'year' ELSE 'month' END, 1, 0,"
    " 'personal_channel', true, n, @now FROM generate_series(1, 3) n",
    "INSERT INTO customers (id, telegram_id, first_name, language, source, created_at)"
    " SELECT md5('c' || n)::uuid, n, 'Ana', 'es', CASE WHEN n % 3 > 0 THEN 'campaign-' || n % 7 END,"
    " @now - random() * interval '3 years' FROM generate_series(1, @many) n",
    "CREATE TEMP TABLE lives AS SELECT n * 10 + turn AS life, n, turn, 1 + n % 3 AS plan,"
    " began, CASE WHEN random() < 0.5 THEN began + random() * (@now - began) END AS ended FROM (SELECT n, turn,"
    " created_at + random() * (@now - created_at) AS began FROM generate_series(1, @many) n"
    " JOIN customers ON telegram_id = n CROSS JOIN generate_series(1, 3) turn WHERE turn <= 1 + n % 10 / 8) AS lived",
    "INSERT INTO orders (id, customer_id, plan_id, status, price_minor, price_currency, recurring,"
    " interval, interval_count, trial_days, created_at, expires_at, paid_at)"
    " SELECT md5('o' || life)::uuid, md5('c' || n)::uuid,"
    " md5('p' || plan)::uuid, 'paid', 999 * plan, CASE WHEN n % 5 = 0 THEN 'USD' ELSE 'EUR' END, true,"
    " CASE WHEN plan = 3 THEN 'year' ELSE 'month' END, 1, 0, began, began, began FROM lives",
    "INSERT INTO subscriptions (id, customer_id, plan_id, order_id, status, provider, provider_ref, price_minor,"
    " price_currency, access_until, cancel_at_period_end, ended_at, end_reason, cancel_reason, created_at)"
    " SELECT md5('s' || life)::uuid, md5('c' || n)::uuid, md5('p' || plan)::uuid, md5('o' || life)::uuid, 'expired',"
    " 'acme', 'ref-' || life, 999 * plan, CASE WHEN n % 5 = 0 THEN 'USD' ELSE 'EUR' END,"
    " coalesce(ended, @now + random() * interval '30 days'), false,"
    " coalesce(ended, CASE WHEN turn > 1 THEN @now END), 'period_over',"
    " (ARRAY['price', 'results', 'time', 'other'])[1 + n % 4], began FROM lives",
    "UPDATE subscriptions SET status = 'active' WHERE ended_at IS NULL",
    "INSERT INTO payments (id, provider, payment_key, customer_id, order_id, subscription_id, amount_minor,"
    " amount_currency, status, is_renewal, occurred_at, recorded_at) SELECT md5('m' || life || at)::uuid,"
    " CASE WHEN n % 2 = 0 THEN 'acme' ELSE 'coins' END, life || ' ' || at, md5('c' || n)::uuid, md5('o' || life)::uuid,"
    " md5('s' || life)::uuid, 999 * plan, CASE WHEN n % 5 = 0 THEN 'USD' ELSE 'EUR' END, 'captured', at > began, at, at"
    " FROM lives CROSS JOIN LATERAL generate_series(began, coalesce(ended, @now),"
    " CASE WHEN plan = 3 THEN interval '1 year' ELSE interval '1 month' END) at ORDER BY at",
    "INSERT INTO refunds (id, provider, refund_key, payment_id, amount_minor, amount_currency, status, occurred_at,"
    " recorded_at) SELECT md5('r' || id)::uuid, provider, payment_key, id, amount_minor, amount_currency, 'given',"
    " occurred_at + interval '1 day', occurred_at FROM payments WHERE random() < 0.02",
    "INSERT INTO plan_changes (id, subscription_id, from_plan_id, to_plan_id, old_price_minor, old_price_currency,"
    " new_price_minor, new_price_currency, changed_at) SELECT md5('h' || id)::uuid, id, md5('p2')::uuid, plan_id, 1998,"
    " price_currency, price_minor, price_currency, created_at + interval '20 days' FROM subscriptions"
    " WHERE random() < 0.03 AND ended_at IS NULL",
    "INSERT INTO telegram_channels (id, kind, customer_id, plan_id, subscription_id, title, status, marker, created_at)"
    " SELECT md5('t' || life)::uuid, 'personal', md5('c' || n)::uuid, md5('p' || plan)::uuid, md5('s' || life)::uuid,"
    " 'Umbral', 'ready', 'm' || life, began FROM lives WHERE turn = 1",
    "INSERT INTO accesses (id, customer_id, channel_id, status, joined_at, created_at) SELECT md5('a' || life)::uuid,"
    " md5('c' || n)::uuid, md5('t' || life)::uuid, 'active', began + random() * interval '10 minutes', began FROM lives"
    " WHERE turn = 1 AND random() < 0.95",
    "ANALYZE",
)


def main() -> None:
    """Print a line per page with its share of the permitted time. The exit status does not depend on the times."""
    options = argparse.ArgumentParser(description="The console's pages.")
    options.add_argument("--customers", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--database")
    given = options.parse_args()
    if given.database:
        asyncio.run(_measure(given.database, given.rounds))
        return
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder)) as postgres:
        migrate.upgrade(postgres.url)
        asyncio.run(invent(postgres.url, given.customers))
        asyncio.run(_measure(postgres.url, given.rounds))


async def invent(
    url: str, customers: int, settings: Mapping[str, str] | None = None, now: datetime | None = None
) -> None:
    """Fill a migrated, empty database with this number of customers.

    settings: PostgreSQL settings for this connection
    now: end of the customers' three years; None for the current time
    """
    over = f"timestamptz '{now.isoformat()}'" if now else "now()"
    connection = await asyncpg.connect(url, server_settings=dict(settings or {}))
    for statement in _INVENTED:
        await connection.execute(statement.replace("@now", over).replace("@many", str(customers)))
    await connection.close()


async def _measure(url: str, rounds: int) -> None:
    connection = await asyncpg.connect(url)
    tables = ("customers", "subscriptions", "payments")
    sizes = [f"{await connection.fetchval(f'SELECT count(*) FROM {table}')} {table}" for table in tables]
    somebody = str(await connection.fetchval("SELECT id FROM customers ORDER BY created_at LIMIT 1"))
    for role in ("umbral_web", "umbral_console"):
        await connection.execute(f"ALTER ROLE {role} LOGIN PASSWORD '{role}'")
    await connection.close()
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {', '.join(sizes)}")
    async with running_website(url, WEB_ADDRESS_REQUESTS="1000", FEATURES=EVERY, INVOICES="handover") as site:
        await hire(site, StaffRole.OWNER)
        async with visiting(site) as visitor:
            await visitor.enter()
            say(f"figures counted ahead in {await _ahead(site, visitor):.1f} s, once the link was given")
            shown = _shown(site.container.core.features())
            looks = {page.path: await _page(visitor, page.path, somebody, rounds) for page in shown}
    first = max(looks, key=lambda path: looks[path][0])
    ours = f"the slowest ({first or '/'}) {looks[first][0]:.0f} ms"
    tell(
        Row(
            "the first look at each",
            f"{MOST_MS} ms",
            ours,
            [took / MOST_MS for took, _, _ in looks.values()],
            "all ≤ 1",
        )
    )
    worst = {path: took for path, (_, took, _) in looks.items()}
    last = max(worst, key=lambda path: worst[path])
    ratios = [took / MOST_MS for took in worst.values()]
    ours = f"p95 of the slowest ({last or '/'}) {worst[last]:.0f} ms"
    tell(Row(f"the console's {len(worst)} pages", f"{MOST_MS} ms", ours, ratios, "all ≤ 1"))
    largest = max(looks, key=lambda path: looks[path][2])
    ours = f"the largest ({largest or '/'}) {looks[largest][2] / 1000:.0f} kB"
    ratios = [size / MOST_BYTES for _, _, size in looks.values()]
    tell(Row("the size of each", f"{MOST_BYTES // 1000} kB", ours, ratios, "all ≤ 1"))


def _shown(features: RunningStates) -> list[Page]:
    return [
        page
        for page in pages()
        if page.name not in {"alarm", "broadcast", "question", "text"}
        and features.allows(page.action)
        and (not page.feature or features.is_loaded(page.feature))
    ]


async def _ahead(site: Website, visitor: Visitor) -> float:
    """Calculate the figures in advance, as the worker does when a console link is issued; return the seconds that it
    takes.
    """
    core, began = site.container.core, time.perf_counter()
    figures = figures_of(core)
    await figures.see_figures().expect(OLGA)
    keep = figures.keep_figures()
    while await keep():
        pass
    return time.perf_counter() - began


async def _page(visitor: Visitor, name: str, somebody: str, rounds: int) -> tuple[float, float, int]:
    """Return the time of the first request and the p95 of the later requests, in milliseconds, and the size of the page
    in bytes.
    """
    took, size = list[float](), 0
    for _ in range(rounds + 1):
        began = time.perf_counter()
        page = await visitor.page(name.replace("{id}", somebody))
        took.append(1000 * (time.perf_counter() - began))
        size = len(page.encode())
    first, rest = took[0], sorted(took[1:])
    worst, middle = rest[max(0, -(-len(rest) * 95 // 100) - 1)], statistics.median(rest)
    times = f"first {first:5.0f} ms, then median {middle:4.0f} ms, p95 {worst:4.0f} ms"
    say(f"{name or '/':16} {times}, {size / 1000:3.0f} kB")
    return first, worst, size


if __name__ == "__main__":
    main()
