"""Benchmark of payment events: an event needs few database round trips, and its recorded queries can be replayed."""

from __future__ import annotations

from dataclasses import replace

import asyncpg
import pytest

from benchmarks.paid import WARM, applied, counted, prepare, recorded, replayed
from subscriptions.infrastructure.database.address import plain_dsn
from tests.fakes.provider import Provider
from tests.support.postgres import Server

EVENTS = WARM + 3
TRIPS = 39
"""Round trips of a payment with its ledger, subscription, entitlement, channel, receipt and jobs. Fewer is better; a
higher number needs a reason.
"""


@pytest.mark.long
async def test_payment_event_needs_few_database_round_trips_and_its_recording_can_be_replayed(
    postgres_server: Server, migrated_database: str
) -> None:
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


@pytest.mark.long
async def test_failing_worker_ends_the_benchmark(postgres_server: Server, migrated_database: str) -> None:
    paid = await prepare(postgres_server.create(migrated_database), 1)
    forgetful = replace(paid, provider=Provider(paid.clock, name="acme"))
    with pytest.raises(RuntimeError, match="a worker of the benchmark failed"):
        await applied(forgetful, 2)
