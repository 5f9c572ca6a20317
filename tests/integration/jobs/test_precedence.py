"""Order of jobs after an outage: jobs of paying customers run first, and no job waits forever for a failing one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.job_queue import Job, Priority
from tests.integration.jobs.conftest import QUICK, Bench, eventually


class OutsideWorld:
    """Handler that fails every call during the outage and afterwards records the calls in order."""

    def __init__(self) -> None:
        self.is_away = True
        self.turned_away: set[int] = set()
        self.served: list[int] = []

    async def __call__(self, payload: dict[str, Any]) -> None:
        if self.is_away:
            self.turned_away.add(payload["n"])
            raise RetryLater("nobody answers")
        self.served.append(payload["urgency"])


def jobs(*priorities: Priority) -> list[Job]:
    facts = [{"n": number, "urgency": int(priority)} for number, priority in enumerate(priorities)]
    return [
        Job(name="core.ask", payload=payload, priority=priority)
        for payload, priority in zip(facts, priorities, strict=True)
    ]


LOW, NORMAL, PAID = Priority.LOW, Priority.NORMAL, Priority.HIGH


async def test_most_urgent_jobs_run_first_after_an_outage(bench: Bench) -> None:
    world = OutsideWorld()
    owed = jobs(LOW, NORMAL, PAID, LOW, PAID, NORMAL)
    await bench.enqueue(*owed)

    async def paid_were_turned_away_more_than_once() -> bool:
        async with bench.engine.connect() as connection:
            tries = await connection.execute(text("SELECT min(attempts) FROM pgqueuer WHERE priority = 20"))
            return len(world.turned_away) >= 4 and (tries.scalar() or 0) >= 2

    async with bench.worker({"core.ask": world}):
        await eventually(paid_were_turned_away_more_than_once)
        world.is_away = False
        await eventually(bench.is_empty)
    assert world.served == sorted(world.served, reverse=True)
    assert len(world.served) == len(owed)


async def test_urgent_job_of_another_process_does_not_delay_less_urgent_jobs(bench: Bench) -> None:
    """A worker waits only for jobs that it could run itself."""
    world = OutsideWorld()
    world.is_away = False
    elsewhere = Job(name="bot.ask", payload={"n": 0, "urgency": 20}, priority=PAID)
    await bench.enqueue(elsewhere, *jobs(LOW))
    async with bench.engine.begin() as connection:
        await connection.execute(text("UPDATE pgqueuer SET attempts = 3 WHERE entrypoint = 'bot.ask'"))

    async def served() -> bool:
        return world.served == [0]

    async with bench.worker({"core.ask": world}):
        await eventually(served)


async def test_failing_urgent_job_does_not_block_other_jobs_forever(bench: Bench) -> None:
    world = OutsideWorld()
    world.is_away = False

    async def never(payload: dict[str, Any]) -> None:
        raise RetryLater("not today")

    await bench.enqueue(Job(name="core.never", payload={}, priority=PAID))

    async def served() -> bool:
        return world.served == [0]

    async def is_tried_again() -> bool:
        async with bench.engine.connect() as connection:
            return bool((await connection.execute(text("SELECT max(attempts) FROM pgqueuer"))).scalar())

    impatient = replace(QUICK, patience=timedelta(seconds=1))
    async with bench.worker({"core.ask": world, "core.never": never}, impatient):
        await eventually(is_tried_again)
        await bench.enqueue(*jobs(LOW))
        await eventually(served)
