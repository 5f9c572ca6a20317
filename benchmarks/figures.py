"""How long the figures of a year take with many customers.

`python -m benchmarks.figures [--customers 100000] [--rounds 20]`

A fresh PostgreSQL with this many invented customers over three years: each with one to three subscriptions, a month's
or a year's price, most with a payment for each period, some refunds, some changes of plan. Then each question that a
page asks, again and again, one after the other: median and p95.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import text

from subscriptions.application import routing
from subscriptions.bootstrap import migrate
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.spans import day_edges, month_edges
from subscriptions.domain.services.zones import HOME
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.unit_of_work import SqlUnitOfWork
from umbral.demo.postgres import EmbeddedPostgres

NOW: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)
MOST_S: Final = 0.3
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
    " 'acme', 'ref-' || life, 999 * plan, CASE WHEN n % 5 = 0 THEN 'USD' ELSE 'EUR' END, coalesce(ended, @now), false,"
    " coalesce(ended, CASE WHEN turn > 1 THEN @now END), 'period_over',"
    " (ARRAY['price', 'results', 'time', 'other'])[1 + n % 4], began FROM lives",
    "UPDATE subscriptions SET status = 'active' WHERE ended_at IS NULL",
    "INSERT INTO payments (id, provider, payment_key, customer_id, order_id, subscription_id, amount_minor,"
    " amount_currency, status, is_renewal, occurred_at, recorded_at) SELECT md5('m' || life || at)::uuid,"
    " CASE WHEN n % 2 = 0 THEN 'acme' ELSE 'coins' END, life || ' ' || at, md5('c' || n)::uuid, md5('o' || life)::uuid,"
    " md5('s' || life)::uuid, 999 * plan, CASE WHEN n % 5 = 0 THEN 'USD' ELSE 'EUR' END, 'captured', at > began, at, at"
    " FROM lives CROSS JOIN LATERAL generate_series(began, coalesce(ended, @now),"
    " CASE WHEN plan = 3 THEN interval '1 year' ELSE interval '1 month' END) at",
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

Question = Callable[[UnitOfWork], Awaitable[object]]


def main() -> int:
    """Print a line per question; 1 where one takes longer than it may."""
    options = argparse.ArgumentParser(description="The figures of a year.")
    options.add_argument("--customers", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=20)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder)) as postgres:
        migrate.upgrade(postgres.url)
        return asyncio.run(_measure(postgres.url, given.customers, given.rounds))


async def _measure(url: str, customers: int, rounds: int) -> int:
    engine = create_engine(url)
    async with engine.begin() as connection:
        for statement in _INVENTED:
            meant = statement.replace("@now", f"timestamptz '{NOW.isoformat()}'").replace("@many", str(customers))
            await connection.execute(text(meant))
        sizes = {
            table: (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            for table in ("customers", "subscriptions", "payments")
        }
    _say(", ".join(f"{count} {table}" for table, count in sizes.items()))
    slow = 0
    for name, ask in _questions().items():
        took = list[float]()
        for _ in range(rounds):
            async with SqlUnitOfWork(engine, routing.jobs_for) as uow:
                began = time.perf_counter()
                await ask(uow)
                took.append(time.perf_counter() - began)
        worst = sorted(took)[max(0, -(-len(took) * 95 // 100) - 1)]
        slow += worst > MOST_S
        _say(f"{name:12} median {1000 * statistics.median(took):4.0f} ms, p95 {1000 * worst:4.0f} ms")
    await engine.dispose()
    return 1 if slow else 0


def _questions() -> dict[str, Question]:
    year, days = month_edges(NOW, HOME, 12), day_edges(NOW, HOME, 30)
    month = NOW - timedelta(days=30)
    return {
        "numbers": lambda uow: uow.numbers.days(days),
        "recurring": lambda uow: uow.figures.recurring(year),
        "cohorts": lambda uow: uow.figures.cohorts(year),
        "revenue": lambda uow: uow.figures.revenue(month, NOW),
        "funnel": lambda uow: uow.figures.funnel(month, NOW),
        "leaving": lambda uow: uow.figures.leaving(month, NOW),
        "entering": lambda uow: uow.figures.entering(month, NOW),
    }


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
