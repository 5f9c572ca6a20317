"""Deliveries written together, in the database itself."""

from __future__ import annotations

import asyncio
import os

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from subscriptions.application.inbox.arrivals import UNDER_WAY, Arrivals
from subscriptions.application.routing import jobs_for
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import InboxId, new_uuid
from subscriptions.domain.ports.repositories.inbox import InboxEntry
from subscriptions.infrastructure.database.unit_of_work import SqlUnitOfWork
from tests.fakes import samples
from tests.integration.jobs.conftest import eventually

TOO_LONG = os.urandom(4000).hex()
"""No index of the database takes it."""
CUT_OFF = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = CAST('webhook_inbox' AS regclass)"
)


def entry(key: str) -> InboxEntry:
    return samples.inbox_entry(event=samples.event(event_key=key), id=InboxId(new_uuid()))


def arrivals(engine: AsyncEngine) -> Arrivals:
    return Arrivals(lambda: SqlUnitOfWork(engine, jobs_for))


async def kept(engine: AsyncEngine) -> tuple[list[str], int, int]:
    """The events, the jobs that apply one of them, and the transactions it took."""
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


async def test_fifty_with_copies_among_them_take_a_few_transactions(engine: AsyncEngine) -> None:
    brought = [entry(f"evt-{number % 40:02}") for number in range(50)]
    arrived = arrivals(engine)
    answers = await asyncio.gather(*(arrived(each) for each in brought))
    assert answers.count(True) == 40
    keys, jobs, transactions = await kept(engine)
    assert (keys, jobs) == ([f"evt-{number:02}" for number in range(40)], 40)
    assert transactions <= UNDER_WAY + 1


async def test_one_that_the_database_cannot_keep_fails_alone(engine: AsyncEngine) -> None:
    keys = ["evt-1", "evt-2", TOO_LONG, "evt-3", "evt-4"]
    arrived = arrivals(engine)
    answers = await asyncio.gather(*(arrived(entry(key)) for key in keys), return_exceptions=True)
    assert [answer for answer in answers if answer is not True] == [answers[2]]
    assert isinstance(answers[2], DBAPIError)
    assert (await kept(engine))[:2] == (["evt-1", "evt-2", "evt-3", "evt-4"], 4)


async def test_a_transaction_that_is_cut_off_keeps_nothing_and_all_may_come_again(engine: AsyncEngine) -> None:
    arrived, keys = arrivals(engine), ["evt-1", "evt-2", "evt-3"]
    async with engine.connect() as other:
        # Somebody is storing one of them: whoever brings it waits for that.
        await other.execute(text("LOCK TABLE webhook_inbox IN EXCLUSIVE MODE"))
        asked = [asyncio.create_task(arrived(entry(key))) for key in keys]
        await eventually(lambda: some(other, CUT_OFF))
        for task in asked:
            with pytest.raises(RetryLater):
                await task
    assert (await kept(engine))[0] == []
    assert all(await asyncio.gather(*(arrived(entry(key)) for key in keys)))
    assert (await kept(engine))[:2] == (keys, 3)
