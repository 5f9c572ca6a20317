"""What the benchmark of applied events replays is what was applied; and that is no more than it has to be."""

from __future__ import annotations

import asyncpg

from benchmarks.paid import WARM, applied, counted, prepare, recorded, replayed
from subscriptions.infrastructure.database.engine import plain_dsn
from tests.support.postgres import Server

EVENTS = WARM + 3
TRIPS = 37
"""A payment's, with its ledger, subscription, channel, receipt and jobs. Fewer is better; more needs a reason."""


async def test_an_event_takes_few_trips_and_is_replayed_whole(postgres_server: Server, migrated_database: str) -> None:
    url = postgres_server.create(migrated_database)
    paid = await prepare(url, EVENTS)
    tape = await recorded(paid)
    statements, transactions, trips = counted(tape)
    assert len(tape.events) == EVENTS
    assert transactions <= 2
    assert statements < trips <= TRIPS

    copy = await paid.again()
    assert await replayed(paid, tape, 1, copy) > 0
    connection = await asyncpg.connect(plain_dsn(copy))
    payments = await connection.fetchval("SELECT count(*) FROM payments WHERE status = 'captured'")
    waiting = await connection.fetchval("SELECT count(*) FROM webhook_inbox WHERE status = 'pending'")
    await connection.close()
    assert (payments, waiting) == (EVENTS, 0)
    rate, took = await applied(paid, 1)
    assert rate > 0
    assert len(took) == EVENTS - WARM
