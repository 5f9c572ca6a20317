"""Webhook deliveries that are stored together in one transaction."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from subscriptions.application.inbox.delivery_store import UNDER_WAY, DeliveryStore
from subscriptions.application.routing import jobs_for
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import InboxId, new_uuid
from subscriptions.domain.ports.repositories.inbox import InboxEntry
from subscriptions.domain.tracing import current_cause, stretch
from subscriptions.infrastructure.database.address import plain_dsn
from subscriptions.infrastructure.database.deliveries import SqlDeliveries
from subscriptions.infrastructure.jobs.queue import NOTIFY_CHANNEL
from tests.fakes import samples
from tests.fakes.selling import selling
from tests.fakes.units import sql_unit
from tests.integration.jobs.conftest import eventually

TOO_LONG = os.urandom(4000).hex()
"""Key that is too long for every index of the database."""
CUT_OFF = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = CAST('webhook_inbox' AS regclass)"
)


def entry(key: str, order: str | None = None) -> InboxEntry:
    return samples.inbox_entry(event=samples.event(event_key=key, order_id=order), id=InboxId(new_uuid()))


def delivery_store(engine: AsyncEngine) -> DeliveryStore:
    return DeliveryStore(lambda: sql_unit(engine, jobs_for), SqlDeliveries(engine, jobs_for))


async def kept(engine: AsyncEngine) -> tuple[list[str], int, int]:
    """Return the keys of the stored events, the number of jobs that apply an event, and the number of transactions that
    stored events.
    """
    async with engine.connect() as connection:
        keys = (await connection.execute(text("SELECT event_key FROM webhook_inbox ORDER BY 1"))).scalars().all()
        jobs = await connection.scalar(
            text(
                "SELECT count(DISTINCT i.id) FROM pgqueuer JOIN webhook_inbox i"
                " ON convert_from(payload, 'UTF8')::jsonb->>'inbox_id' = i.id::text"
            )
        )
        transactions = await connection.scalar(text("SELECT count(DISTINCT xmin::text) FROM webhook_inbox"))
    return list(keys), jobs or 0, transactions or 0


async def some(connection: AsyncConnection, statement: str) -> bool:
    return bool((await connection.execute(text(statement))).all())


async def test_fifty_concurrent_deliveries_are_stored_without_duplicates_in_few_transactions(
    engine: AsyncEngine,
) -> None:
    brought = [entry(f"evt-{number % 40:02}") for number in range(50)]
    arrived = delivery_store(engine)
    answers = await asyncio.gather(*(arrived(each) for each in brought))
    assert answers.count(True) == 40
    keys, jobs, transactions = await kept(engine)
    assert (keys, jobs) == ([f"evt-{number:02}" for number in range(40)], 40)
    assert transactions <= UNDER_WAY + 1


async def test_failure_to_store_a_delivery_affects_only_that_delivery(engine: AsyncEngine) -> None:
    keys = ["evt-1", "evt-2", TOO_LONG, "evt-3", "evt-4"]
    arrived = delivery_store(engine)
    answers = await asyncio.gather(*(arrived(entry(key)) for key in keys), return_exceptions=True)
    assert [answer for answer in answers if answer is not True] == [answers[2]]
    assert isinstance(answers[2], DBAPIError)
    assert (await kept(engine))[:2] == (["evt-1", "evt-2", "evt-3", "evt-4"], 4)


async def test_interrupted_transaction_stores_nothing_and_can_be_repeated(engine: AsyncEngine) -> None:
    arrived, keys = delivery_store(engine), ["evt-1", "evt-2", "evt-3"]
    async with engine.connect() as other:
        # Another session stores one of the deliveries: a second delivery of it waits.
        await other.execute(text("LOCK TABLE webhook_inbox IN EXCLUSIVE MODE"))
        asked = [asyncio.create_task(arrived(entry(key))) for key in keys]
        await eventually(lambda: some(other, CUT_OFF))
        for task in asked:
            with pytest.raises(RetryLater):
                await task
    assert (await kept(engine))[0] == []
    assert all(await asyncio.gather(*(arrived(entry(key)) for key in keys)))
    assert (await kept(engine))[:2] == (keys, 3)


async def test_storing_a_delivery_needs_one_round_trip(engine: AsyncEngine) -> None:
    sent = list[tuple[str, bool]]()

    def note(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append((statement[:20], connection.connection.dbapi_connection.autocommit))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    assert await delivery_store(engine)(entry("evt-1"))
    assert sent == [("WITH arrived AS (INS", True)]


async def test_workers_are_notified_of_new_deliveries_only(engine: AsyncEngine) -> None:
    received = asyncio.Queue[str]()
    listening = await asyncpg.connect(plain_dsn(engine.url))
    try:
        await listening.add_listener(NOTIFY_CHANNEL, lambda *notified: received.put_nowait(notified[-1]))
        arrived = delivery_store(engine)
        assert [await arrived(each) for each in (entry("evt-1"), entry("evt-1"))] == [True, False]
        # The notification of one transaction precedes that of the next.
        await listening.execute(f"NOTIFY {NOTIFY_CHANNEL}, 'all'")
        assert [await asyncio.wait_for(received.get(), 90) for _ in range(2)] == ["core.apply_payment_event", "all"]
    finally:
        await listening.close()


async def test_event_job_continues_the_trace_of_its_order_or_else_of_its_delivery(engine: AsyncEngine) -> None:
    began = f"00-{1:032x}-{1:016x}-01"
    async with sql_unit(engine, jobs_for) as uow:
        sale = await selling(uow)
        sale.order.cause = began
        await uow.orders.save(sale.order)
        await uow.commit()
    arrived, carried_along = delivery_store(engine), list[str | None]()

    async def bring(key: str, order: str | None) -> None:
        with stretch("webhook"):
            carried_along.append(current_cause())
            await arrived(entry(key, order))

    await asyncio.gather(bring("evt-1", str(sale.order.id)), bring("evt-2", None))
    async with engine.connect() as connection:
        reported = text("SELECT headers->>'traceparent' FROM pgqueuer WHERE entrypoint = 'core.apply_payment_event'")
        causes = (await connection.execute(reported)).scalars().all()
    assert sorted(causes) == sorted([began, str(carried_along[1])])
