"""Check that an alarm is raised if the features of processes differ for an hour, and that it closes automatically."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from subscriptions.application.alarms.watch_features import PATIENCE, WatchFeatures
from subscriptions.domain.ports.feature_books import RunningFeatures
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.features import SqlFeatureBooks
from subscriptions.infrastructure.database.grants import PROCESSES
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.integration.features.conftest import Shop
from tests.support.postgres import as_process


async def test_login_of_each_process_can_check_for_due_jobs(shop: Shop) -> None:
    async with shop.open() as core:
        assert not await SqlFeatureBooks(core.engine()).has_due_jobs()
        for after, is_due in (("interval '1 hour'", False), ("interval '0'", True)):
            async with core.engine().begin() as connection:
                await connection.execute(
                    text(
                        "INSERT INTO pgqueuer (priority, entrypoint, status, execute_after)"
                        f" VALUES (0, 'bot.announce', 'queued', now() + {after})"
                    )
                )
            assert await SqlFeatureBooks(core.engine()).has_due_jobs() is is_due
        for process in PROCESSES:
            engine = create_engine(as_process(shop.url, process))
            assert await SqlFeatureBooks(engine).has_due_jobs(), process
            await engine.dispose()


async def test_alarm_is_raised_while_processes_run_different_features_for_an_hour(shop: Shop) -> None:
    clock = ManualClock(NOON)
    async with shop.open() as core:
        books = SqlFeatureBooks(core.engine())
        watch = WatchFeatures(core.units(), clock, books)

        async def note(process: str, features: str) -> None:
            await books.record(RunningFeatures(process=process, owner=f"host:{process}", features=features))

        async def alarms() -> dict[str, dict[str, str]]:
            async with core.units()() as uow:
                return {alarm.kind: dict(alarm.facts) for alarm in await uow.alarms.open(10)}

        await note("web", "mcp 1.0 on")
        await note("worker", "mcp 1.0 on")
        await watch()
        await note("web", "")
        await watch()
        clock.advance(PATIENCE - timedelta(seconds=1))
        await watch()
        assert await alarms() == {}

        clock.advance(timedelta(seconds=1))
        await watch()
        assert await alarms() == {"features_differ": {"processes": "web: none; worker: mcp 1.0 on"}}

        await note("web", "mcp 1.0 on")
        await watch()
        assert await alarms() == {}

        await note("web", "")
        clock.advance(PATIENCE)
        await watch()
        assert await alarms() == {}, "the hour begins anew"


async def test_process_not_seen_for_a_minute_is_no_longer_compared(shop: Shop) -> None:
    async with shop.open() as core:
        books = SqlFeatureBooks(core.engine())
        await books.record(RunningFeatures(process="web", owner="host:1", features="mcp 0.9 on"))
        await shop.execute("UPDATE process_features SET seen_at = seen_at - interval '61 seconds'")
        await books.record(RunningFeatures(process="web", owner="host:2", features="mcp 1.0 on"))

        assert [each.owner for each in await books.running()] == ["host:2"]
    assert await shop.fetch("SELECT owner FROM process_features") == [{"owner": "host:2"}]
