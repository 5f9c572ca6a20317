"""Measure the search for customers among a million.

`python -m benchmarks.finding [--customers 1000000] [--rounds 20] [--database URL]`

Fills a fresh PostgreSQL with invented customers, named as people in Spain are: few first names and surnames for most,
some with accents, many with usernames and orders. Then the search that the console, the panel and the API share is
repeated for each of the words below, and the first page of the customers' list is requested; the median and p95 are
printed. --database: database that an earlier run has filled, or an empty database to fill.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import asyncpg

from benchmarks.rows import say
from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import Query
from subscriptions.bootstrap import migrate
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.lists import LISTS
from tests.fakes.shop import POLICY
from umbral.demo.postgres import EmbeddedPostgres

MOST_MS: Final = 100
SHOWN: Final = 30
_FIRST: Final = (
    "María José Antonio Ana Carmen Manuel Francisco David Juan Javier Daniel Laura Cristina Marta Carlos Jesús"
    " Alejandro Miguel Isabel Lucía Rafael Pedro Ángel Pablo Sergio Elena Fernando Jorge Luis Alberto Paula"
    " Álvaro Raquel Sara Diego Adrián Rosa Beatriz Raúl Iván Rubén Enrique Óscar Andrea Silvia Patricia Nuria"
    " Irene Eva Víctor Montserrat Gonzalo Héctor Ignacio Joana Xavier Nadia Olga Yolanda Ximena"
)
_LAST: Final = (
    "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Hernández Ruiz Díaz"
    " Moreno Muñoz Álvarez Romero Gutiérrez Alonso Navarro Torres Domínguez Ramos Vázquez Ramírez Gil Serrano"
    " Molina Morales Blanco Suárez Castro Ortega Delgado Ortiz Marín Rubio Núñez Medina Sanz Castillo Iglesias"
    " Cortés Garrido Santos Lozano Guerrero Cano Méndez Cruz Prieto Flores Herrera Peña León Márquez Cabrera"
    " Gallego Calvo Vidal Campos Reyes Vega Fuentes Carrasco Aguilar Caballero Nieto Santana Pascual Herrero"
    " Montero Hidalgo Lorenzo Ibáñez Santiago Durán Ferrer Benítez Mora Vicente Vargas Arias Carmona Crespo"
    " Román Pastor Soto Sáez Velasco Moya Soler Parra Esteban Bravo Gallardo Rojas Izquierdo Quintanilla"
    " Urdangarin"
)
_FILL: Final = (
    "INSERT INTO service_plans (id, soft_id, name, emoji, description, price_minor, price_currency, recurring,"
    " interval, interval_count, trial_days, access, active, position, created_at)"
    " SELECT md5('p' || n)::uuid, 'plan-' || n, (ARRAY['Señales', 'Cursos'])[n], '', '', 999, 'EUR', true, 'month', 1,"
    " 0, 'personal_channel', true, n, now() FROM generate_series(1, 2) n",
    "INSERT INTO customers (id, telegram_id, first_name, last_name, username, language, created_at)"
    " SELECT md5('c' || n)::uuid, 100000000 + n::bigint * 7001,"
    " f.f[1 + floor(power(random(), 2.2) * cardinality(f.f))::int] || CASE WHEN random() < 0.15"
    " THEN ' ' || f.f[1 + floor(power(random(), 2) * cardinality(f.f))::int] ELSE '' END,"
    " CASE WHEN random() < 0.7 THEN l.l[1 + floor(power(random(), 1.8) * cardinality(l.l))::int] || CASE"
    " WHEN random() < 0.5 THEN ' ' || l.l[1 + floor(power(random(), 1.8) * cardinality(l.l))::int] ELSE '' END END,"
    " CASE WHEN random() < 0.7 THEN lower(f.f[1 + floor(random() * cardinality(f.f))::int]) || '_'"
    " || substr(md5(n::text), 1, 4) END, 'es', now() - random() * interval '3 years'"
    " FROM generate_series(1, @many) n, (SELECT string_to_array('@first', ' ') AS f) f,"
    " (SELECT string_to_array('@last', ' ') AS l) l",
    "INSERT INTO orders (id, customer_id, plan_id, status, price_minor, price_currency, recurring, interval,"
    " interval_count, trial_days, created_at, expires_at, paid_at) SELECT md5('o' || n)::uuid, md5('c' || n)::uuid,"
    " md5('p' || 1 + n % 2)::uuid, 'paid', 999, 'EUR', true, 'month', 1, 0, now(), now(), now()"
    " FROM generate_series(1, @many) n",
    "INSERT INTO subscriptions (id, customer_id, plan_id, order_id, status, provider, provider_ref, price_minor,"
    " price_currency, access_until, cancel_at_period_end, created_at) SELECT md5('s' || n)::uuid, md5('c' || n)::uuid,"
    " md5('p' || 1 + n % 2)::uuid, md5('o' || n)::uuid, 'active', 'acme', 'ref-' || n, 999, 'EUR',"
    " now() + interval '9 days', false, now() FROM generate_series(1, @many) n",
    "INSERT INTO telegram_channels (id, kind, customer_id, plan_id, subscription_id, title, status, marker, created_at)"
    " SELECT md5('t' || n)::uuid, 'personal', md5('c' || n)::uuid, md5('p' || 1 + n % 2)::uuid, md5('s' || n)::uuid,"
    " 'Señales · ' || n, 'ready', 'm' || n, now() FROM generate_series(1, @many) n",
    "VACUUM (ANALYZE)",
)
WORDS: Final = (
    *(
        "maria",
        "ana",
        "mendez",
        "maria mendez",
        "mendez maria jose",
        "urdangarin",
        "angarin ximena",
        "li",
        "nobody",
    ),
    *("mendes", "gonzales", "gonzlaez", "garica", "urdangaryn", "lucia mendes", "mraia mendes", "qintanilla", "zzyz"),
    *("107001", "70017", "senales", "maria senales", "#{order}", "#{part}", "@joana"),
)


async def fill(url: str, many: int) -> str:
    """Fill the database with fictional customers, and return the reference of one order."""
    connection = await asyncpg.connect(url)
    is_full = await connection.fetchval("SELECT EXISTS (SELECT FROM customers)")
    for statement in () if is_full else _FILL:
        values = statement.replace("@many", str(many)).replace("@first", _FIRST).replace("@last", _LAST)
        await connection.execute(values)
    order = await connection.fetchval("SELECT id FROM orders WHERE id = md5('o7')::uuid")
    await connection.close()
    return str(order.hex[:8])


async def timed(rounds: int, work: Callable[[], Awaitable[int]]) -> tuple[int, float, float]:
    """Run the work once per round. Return the number of results, and the median and p95 of the duration in
    milliseconds.
    """
    times = list[float]()
    for _ in range(rounds):
        start = time.perf_counter()
        found = await work()
        times.append(1000 * (time.perf_counter() - start))
    return found, statistics.median(times), statistics.quantiles(times, n=20)[18]


async def measure(url: str, rounds: int, order: str) -> float:
    """Print a line for each search word; return the longest p95 of the search."""
    engine = create_engine(url)
    lists, model, worst = SqlLists(engine, SystemClock(), POLICY), LISTS["customers"], 0.0
    for each in WORDS:
        words = each.format(order=order, part=order[:6])
        query = Query(interface=Interface.STAFF, filters={"q": words}, sort=model.sort, is_descending=True)

        async def search(words: str = words) -> int:
            return len(await lists.search(words, SHOWN))

        async def first_page(query: Query = query) -> int:
            return len(await lists.rows(model, query, SHOWN))

        found, middle, most = await timed(rounds, search)
        listed, list_middle, list_most = await timed(rounds, first_page)
        worst = max(worst, most)
        say(
            f"{words:20} search {found:3} found {middle:6.1f} ms, p95 {most:6.1f} ms"
            f"   list {listed:3} rows {list_middle:6.1f} ms, p95 {list_most:6.1f} ms"
        )
    await engine.dispose()
    return worst


def main() -> int:
    """Run the benchmark. Return 1 if the p95 of a search is above the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--database")
    options = parser.parse_args()
    if options.database:
        return report(options.database, options)
    with tempfile.TemporaryDirectory() as scratch, EmbeddedPostgres(Path(scratch) / "postgres") as server:
        return report(server.url, options)


def report(url: str, options: argparse.Namespace) -> int:
    """Fill the database if it is empty, measure, and return the exit code."""
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    migrate.upgrade(url)
    order = asyncio.run(fill(url, options.customers))
    say(f"{options.customers} customers")
    worst = asyncio.run(measure(url, options.rounds, order))
    say(f"longest p95 {worst:.0f} ms of {MOST_MS} ms")
    return 0 if worst <= MOST_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
