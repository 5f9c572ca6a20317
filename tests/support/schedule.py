"""The product's schedule, run for use cases over a shop in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from subscriptions.application.schedule.run_schedule import Conditions, RunSchedule
from subscriptions.bootstrap.schedule import SCHEDULE
from subscriptions.domain.services.zones import HOME
from tests.fakes.shop import Shop


async def nothing_due(now: datetime) -> frozenset[str]:
    """Return the empty set, because no rows are due."""
    return frozenset()


def schedule_with(shop: Shop, works: Sequence[Any]) -> RunSchedule[Any]:
    """Return a schedule of these entries that has not run yet, as in a process that has just started."""
    conditions = Conditions(lambda: True, lambda: True, nothing_due)
    return RunSchedule(works, SimpleNamespace(), conditions, shop.units, shop.clock, HOME)


def schedule_of(shop: Shop, **use_cases: Any) -> RunSchedule[Any]:
    """Return a schedule of the entries that call these use cases, as in a process that has just started. The use cases
    are named as in the worker's container.
    """
    made = {name: (lambda use_case=use_case: use_case) for name, use_case in use_cases.items()}
    container = SimpleNamespace(**made, core=SimpleNamespace(gateways=lambda: shop.gateways))
    lines: list[Any] = []
    for work in SCHEDULE:
        try:
            work.runs(container)  # type: ignore[arg-type]
        except AttributeError:
            continue
        lines.append(work)
    conditions = Conditions(lambda: True, lambda: True, nothing_due)
    return RunSchedule(lines, container, conditions, shop.units, shop.clock, HOME)
