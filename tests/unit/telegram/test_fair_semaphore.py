"""Limit on concurrent tasks that is fair to many waiting customers: the order of the tasks, and slow or waiting tasks,
which must not block others.
"""

from __future__ import annotations

import asyncio

import pytest

from subscriptions.infrastructure import fair_semaphore
from subscriptions.infrastructure.fair_semaphore import FairSemaphore, step_aside


async def test_semaphore_completes_earlier_tasks_before_starting_later_tasks() -> None:
    order: list[str] = []
    semaphore = FairSemaphore(2)

    async def work(name: int) -> None:
        async with semaphore.one():
            order.append(f"begins {name}")
            await asyncio.sleep(0)
            order.append(f"ends {name}")

    await asyncio.gather(*(work(name) for name in range(6)))
    assert order.index("ends 0") < order.index("begins 2")
    assert order.index("ends 3") < order.index("begins 5")


async def test_newcomers_wait_until_all_known_customers_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_semaphore, "STANDS_BACK_S", 3600.0)
    monkeypatch.setattr(fair_semaphore, "LONGEST_S", 3600.0)
    known = FairSemaphore(1)
    newcomers, order, answer = FairSemaphore(1, after=known), list[str](), asyncio.Event()

    async def work(turns: FairSemaphore, name: str) -> None:
        async with turns.one():
            order.append(name)
            await answer.wait()

    known.claim()
    tasks = [asyncio.create_task(work(newcomers, "newcomer"))]
    tasks += [asyncio.create_task(work(known, f"known {number}")) for number in range(2)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert order == ["known 0"]
    known.unclaim()
    for _ in range(20):
        await asyncio.sleep(0)
    assert order == ["known 0"]
    answer.set()
    await asyncio.gather(*tasks)
    assert order == ["known 0", "known 1", "newcomer"]


async def test_newcomers_wait_for_an_expected_known_customer_until_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fair_semaphore, "STANDS_BACK_S", 3600.0)
    monkeypatch.setattr(fair_semaphore, "EXPECTED_S", 3600.0)
    known = FairSemaphore()
    known.expect(7)
    known.expect(7)
    waiting = asyncio.create_task(known.wait_until_idle())
    async with known.one(8):
        pass
    assert not waiting.done()
    async with known.one(7):
        assert not waiting.done()
    await waiting
    monkeypatch.setattr(fair_semaphore, "EXPECTED_S", 0.01)
    known.expect(7)
    async with asyncio.timeout(90):
        await known.wait_until_idle()


async def test_newcomers_are_served_despite_a_constant_stream_of_known_customers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fair_semaphore, "STANDS_BACK_S", 0.01)
    known = FairSemaphore()
    known.claim()
    async with asyncio.timeout(90), FairSemaphore(after=known).one():
        pass


async def test_slot_is_freed_by_a_task_that_releases_it_early_or_exceeds_the_time_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fair_semaphore, "LONGEST_S", 0.01)
    answer, semaphore = asyncio.Event(), FairSemaphore(1)

    async def ask(aside: bool) -> None:
        async with semaphore.one():
            if aside:
                step_aside()
                step_aside()
            await answer.wait()

    waiting = [asyncio.create_task(ask(aside)) for aside in (True, True, False)]
    async with asyncio.timeout(90), semaphore.one():
        assert not any(task.done() for task in waiting)
    answer.set()
    await asyncio.gather(*waiting)
    async with asyncio.timeout(90), semaphore.one():
        pass
