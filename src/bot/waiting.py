"""Functions that wait, and stop waiting early if an event is set."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for a number of seconds or until the stop event is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def backoff(failures: int, longest: float) -> float:
    """Return the seconds to wait after consecutive failures: 1, 2, 4, … up to `longest`."""
    return min(2.0 ** min(failures - 1, 10), longest)


async def unless(work: Coroutine[Any, Any, T], *ends: asyncio.Event) -> T | None:
    """Return the result of `work`; None if one of the events is set first, in which case `work` is canceled."""
    task = asyncio.create_task(work)
    waits = [asyncio.create_task(end.wait()) for end in ends]
    try:
        await asyncio.wait({task, *waits}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for item in (task, *waits):
            item.cancel()
        await asyncio.gather(task, *waits, return_exceptions=True)
