"""Batching of concurrent requests into one query."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BatchLoader(Generic[K, V]):
    """Loader that runs one query at a time and combines the keys requested during a query in the next query.

    A single request is queried immediately.
    """

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        """ask: function that queries several keys, in the order of the requests. Keys missing from its result are
        queried again
        """
        self._ask = ask
        self._turn = asyncio.Lock()
        self._keys: dict[K, None] = {}
        self._answers: dict[K, V] = {}

    async def __call__(self, key: K) -> V:
        """Return the value of a key. If `ask` raises an error, one waiting caller gets the error, and the other callers
        repeat the query.
        """
        self._keys[key] = None
        try:
            async with self._turn:
                while key not in self._answers:
                    # Another caller with the same key has taken the key and its value.
                    self._keys[key] = None
                    answers = await self._ask([each for each in self._keys if each not in self._answers])
                    # Drop values of cancelled callers, because no caller would take them.
                    self._answers |= {each: answer for each, answer in answers.items() if each in self._keys}
                return self._answers[key]
        finally:
            self._keys.pop(key, None)
            self._answers.pop(key, None)
