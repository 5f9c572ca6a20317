"""Check that the units of work in memory enforce the lock order of use cases, and that the documentation lists it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes import samples
from tests.fakes.memory import LOCK_ORDER, Memory
from tests.fakes.unit_of_work import MemoryUnitOfWork

ARCHITECTURE = Path(__file__).parents[3] / "docs" / "internals.md"
USE_CASE = """
async def act(uow, who, plan):
    for each in who:
        await uow.customers.get(each.id, lock=True)
        await uow.subscriptions.live_for(each.id, plan.id, lock=True)

async def turns(uow, who, plan):
    for each in who:
        await uow.customers.get(each.id, lock=True)
    for each in who:
        await uow.orders.open_for(each.id, plan.id, lock=True)
        await uow.subscriptions.live_for(each.id, plan.id, lock=True)
"""
Act = Callable[[UnitOfWork, list[Customer], object], Awaitable[None]]


@pytest.fixture
def use_case() -> dict[str, Any]:
    """Return the code of a use case, compiled under a path inside the application."""
    made: dict[str, Any] = {}
    exec(compile(USE_CASE, "/src/subscriptions/application/act.py", "exec"), made)  # noqa: S102
    return made


@pytest.mark.parametrize(
    ("name", "backwards", "refused"),
    [
        ("act", False, "locks a row of customers after one of subscriptions"),
        ("turns", True, "locks a row of customers after one of customers"),
        ("turns", False, None),
    ],
)
async def test_use_case_that_locks_rows_in_the_wrong_order_is_refused(
    use_case: dict[str, Any], name: str, backwards: bool, refused: str | None
) -> None:
    memory, plan = Memory(), samples.plan()
    who = sorted((samples.customer() for _ in range(2)), key=lambda each: str(each.id), reverse=backwards)
    async with MemoryUnitOfWork(memory) as uow:
        await uow.plans.save(plan)
        for each in who:
            await uow.customers.save(each)
            await uow.orders.add_if_new(order := samples.order(each, plan))
            await uow.subscriptions.save(samples.subscription(order))
        await uow.commit()
    act: Act = use_case[name]
    async with MemoryUnitOfWork(memory) as uow:
        if refused is None:
            await act(uow, who, plan)
        else:
            with pytest.raises(AssertionError, match=refused):
                await act(uow, who, plan)


def test_lock_order_is_documented() -> None:
    section = (
        ARCHITECTURE.read_text(encoding="utf-8")
        .partition("## One order of locks")[2]
        .partition("\n\nFor two customers")[0]
    )
    assert tuple(re.findall(r"`(\w+)`", section)) == LOCK_ORDER
