"""Overdue work, such as jobs that wait too long, as the database reports it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.alarms.watch_arrears import WatchArrears
from subscriptions.application.messages.channel_messages import JoinedMessage
from subscriptions.application.routing import jobs_for
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.post import PostDelivery
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.infrastructure.database.arrears import PATIENCE, QUERIES, Arrears
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units, sql_unit
from tests.support.postgres import as_process

LATE = NOON + PATIENCE + timedelta(minutes=1)


async def late(engine: AsyncEngine, now: datetime = LATE) -> dict[str, dict[str, str]]:
    """Return the facts about overdue work by kind."""
    return {kind: dict(facts) for kind, facts in (await Arrears(engine)(now)).items() if facts is not None}


async def enqueue(engine: AsyncEngine, *jobs: Job, age: timedelta = timedelta()) -> None:
    """Enqueue jobs that have waited for the given time by the database's clock."""
    async with engine.begin() as connection:
        await PgJobQueue(connection).enqueue_all(jobs)
        names = ("created", "updated", "execute_after")
        moments = ", ".join(f"{name} = {name} - CAST(:age AS interval)" for name in names)
        await connection.execute(text(f"UPDATE pgqueuer SET {moments}"), {"age": age})


async def test_empty_queue_has_no_overdue_work(engine: AsyncEngine) -> None:
    assert await late(engine) == {}


async def test_missing_worker_is_reported(engine: AsyncEngine) -> None:
    await enqueue(engine, Job(name="core.try", payload={"v": 1}))
    assert await late(engine) == {}
    await enqueue(engine, Job(name="bot.try", payload={"v": 1}), age=2 * PATIENCE)
    found = await late(engine)
    assert found["work_overdue"]["waiting"] == "2"
    assert found["work_overdue"]["since"].startswith("2026-03-01 11:4")


async def test_missing_scheduler_is_reported(engine: AsyncEngine) -> None:
    await enqueue(engine, Job(name="core.try", payload={"v": 1}, not_before=NOON))
    assert await late(engine, NOON + PATIENCE) == {}
    assert (await late(engine))["work_overdue"]["job"] == "core.try"


async def test_work_of_an_unusable_account_is_not_reported_as_overdue(engine: AsyncEngine, units: Units) -> None:
    account = samples.account()
    async with units() as uow:
        assert await uow.accounts.add_if_new(account)
        await uow.commit()
    async with units() as uow:
        (account,) = await uow.accounts.all()
    await enqueue(engine, Job(name=f"userbot.acc.{account.id}", payload={"v": 1}), age=2 * PATIENCE)
    assert "work_overdue" in await late(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE userbot_accounts SET status = 'dead'"))
    assert await late(engine) == {}


async def test_undelivered_messages_and_posts_are_reported(engine: AsyncEngine, units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        pick = samples.pick(sale.plan)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        delivery = PostDelivery.plan(pick, sale.channel.id, ChatId(-100), NOON)
        assert await uow.of(POSTS_KEY).add_delivery_if_new(delivery)
        owed = Notification.owe(JoinedMessage(plan_name="x", until=NOON), "1", sale.customer.telegram_id, "es", NOON)
        assert await uow.notifications.add_if_new(owed)
        await uow.commit()
    found = await late(engine)
    assert (found["picks_undelivered"]["pick"], found["picks_undelivered"]["channel"]) == (pick.key, sale.channel.title)
    assert found["messages_undelivered"]["telegram_id"] == str(sale.customer.telegram_id)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE picks SET deadline = :at"), {"at": LATE})
    assert "picks_undelivered" not in await late(engine), "what is too late is not tried again"
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE picks SET deadline = NULL"))
    assert "picks_undelivered" in await late(engine)
    delivery.revision = 1
    async with units() as uow:
        await uow.of(POSTS_KEY).save_delivery(delivery)
        await uow.commit()
    assert "picks_undelivered" not in await late(engine)


async def test_query_for_overdue_posts_uses_the_index_of_undelivered_posts(engine: AsyncEngine, units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        pick = samples.pick(sale.plan)
        assert await uow.of(POSTS_KEY).add_if_new(pick)
        await uow.commit()
    sent = """
        WITH channels AS (
            INSERT INTO telegram_channels
            SELECT (jsonb_populate_record(c, jsonb_build_object(
                'id', gen_random_uuid(), 'customer_id', NULL, 'plan_id', NULL, 'subscription_id', NULL,
                'channel_id', -n, 'marker', n
            ))).* FROM telegram_channels c, generate_series(1, 2000) n RETURNING id
        )
        INSERT INTO pick_deliveries (id, pick_id, channel_id, chat_id, revision, repeated, created_at)
        SELECT gen_random_uuid(), :pick, id, -1, 1, 0, :now FROM channels"""
    moments = {"now": LATE, "recent": NOON - timedelta(days=2), "overdue": LATE}
    async with engine.begin() as connection:
        await connection.execute(text(sent), {"pick": pick.id, "now": NOON})
        await connection.execute(text("ANALYZE pick_deliveries, telegram_channels"))
        plan = (await connection.execute(text(f"EXPLAIN {QUERIES['picks_undelivered']}"), moments)).scalars()
        assert any("ix_pick_deliveries_unsent" in line for line in plan)


@pytest.mark.parametrize("process", ["web", "worker", "bot", "userbot"])
async def test_undelivered_messages_raise_an_alarm_in_any_process(
    database_url: str, engine: AsyncEngine, units: Units, process: str
) -> None:
    async with units() as uow:
        sale = await selling(uow)
        owed = Notification.owe(JoinedMessage(plan_name="x", until=NOON), "1", sale.customer.telegram_id, "es", NOON)
        assert await uow.notifications.add_if_new(owed)
        await uow.commit()
    own = create_engine(as_process(database_url, process))
    watch = WatchArrears(Units(lambda: sql_unit(own, jobs_for), engine=own), ManualClock(LATE), Arrears(own))
    for _ in range(2):
        await watch()
    await own.dispose()
    async with units() as uow:
        assert [alarm.kind for alarm in await uow.alarms.open(10)] == ["messages_undelivered"]


@pytest.mark.parametrize("again", [True, False])
async def test_overdue_work_alarm_opens_at_the_second_check_and_closes_once_no_work_is_overdue(
    engine: AsyncEngine, units: Units, again: bool
) -> None:
    clock = ManualClock(LATE)
    watch = WatchArrears(units, clock, Arrears(engine))
    await enqueue(engine, Job(name="core.try", payload={"v": 1}, not_before=NOON))
    await watch()
    async with units() as uow:
        assert await uow.alarms.count_open() == 0, "right after a pause everything is late for a moment"
    if again:
        await watch()
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM due_jobs"))
    async with units() as uow:
        assert await uow.alarms.count_open() == int(again)
    await watch()
    async with units() as uow:
        assert await uow.alarms.count_open() == 0
