"""Few of a crowd are worked on at a time, and nobody waits for who waits outside."""

from __future__ import annotations

import asyncio

import pytest

from subscriptions.infrastructure import fair_semaphore
from subscriptions.infrastructure.fair_semaphore import FairSemaphore, step_aside


async def test_the_first_to_come_are_done_before_the_last_begin() -> None:
    order: list[str] = []
    places = FairSemaphore(2)

    async def work(name: int) -> None:
        async with places.one():
            order.append(f"begins {name}")
            await asyncio.sleep(0)
            order.append(f"ends {name}")

    await asyncio.gather(*(work(name) for name in range(6)))
    assert order.index("ends 0") < order.index("begins 2")
    assert order.index("ends 3") < order.index("begins 5")


async def test_who_waits_outside_or_too_long_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_semaphore, "LONGEST_S", 0.01)
    answer, places = asyncio.Event(), FairSemaphore(1)

    async def ask(aside: bool) -> None:
        async with places.one():
            if aside:
                step_aside()
                step_aside()
            await answer.wait()

    waiting = [asyncio.create_task(ask(aside)) for aside in (True, True, False)]
    async with asyncio.timeout(90), places.one():
        assert not any(task.done() for task in waiting)
    answer.set()
    await asyncio.gather(*waiting)
    async with asyncio.timeout(90), places.one():
        pass
