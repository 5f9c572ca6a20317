"""Check that each of several simultaneous requests that are loaded in one batch gets its own answer or
its own error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from subscriptions.infrastructure.batch_loader import BatchLoader


class Oracle:
    """Loader whose calls return once the test sets `go`. asked: keys of each call. fails: number of the following calls
    that raise an error.
    """

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.go = asyncio.Event()
        self.fails = 0

    async def __call__(self, about: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(list(about))
        await self.go.wait()
        if self.fails:
            self.fails -= 1
            raise ConnectionError
        return {each: f"about {each}" for each in about}


async def begun(*questions: asyncio.Task[str]) -> None:
    """Yield control often enough for the tasks to reach their wait."""
    for _ in range(3 * len(questions)):
        await asyncio.sleep(0)


async def test_keys_of_waiting_requests_are_loaded_together() -> None:
    oracle = Oracle()
    together = BatchLoader(oracle)
    crowd = [asyncio.create_task(together(name)) for name in "abcd"]
    await begun(*crowd)
    oracle.go.set()
    assert await asyncio.gather(*crowd) == [f"about {name}" for name in "abcd"]
    assert oracle.asked == [["a"], ["b", "c", "d"]]


async def test_result_of_an_earlier_request_is_not_reused() -> None:
    oracle = Oracle()
    oracle.go.set()
    together = BatchLoader(oracle)
    assert [await together("a"), await together("a")] == ["about a"] * 2
    assert await asyncio.gather(together("a"), together("a")) == ["about a"] * 2
    assert oracle.asked == [["a"]] * 4


async def test_simultaneous_requests_for_the_same_key_are_all_answered() -> None:
    oracle = Oracle()
    together = BatchLoader(oracle)
    crowd = [asyncio.create_task(together("a")) for _ in range(3)]
    await begun(*crowd)
    oracle.go.set()
    assert await asyncio.wait_for(asyncio.gather(*crowd), 90) == ["about a"] * 3
    assert all(asked == ["a"] for asked in oracle.asked)


async def test_failure_of_one_batch_does_not_affect_the_next_batch_and_canceled_request_is_dropped() -> None:
    oracle = Oracle()
    oracle.fails = 1
    together = BatchLoader(oracle)
    first, gone, last = (asyncio.create_task(together(name)) for name in "abc")
    await begun(first, gone, last)
    gone.cancel()
    oracle.go.set()
    with pytest.raises(ConnectionError):
        await first
    assert await last == "about c"
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert (together._answers, together._keys) == ({}, {})
