"""Of a crowd that asks the same question each about something else, many are answered by one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BatchLoader(Generic[K, V]):
    """Asks one question at a time; who comes while one is under way is asked about with all who came meanwhile.

    Who comes alone is asked about at once, by themselves.
    """

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        """ask: answers about several, in the order in which they came; whom it leaves out is asked about again."""
        self._ask = ask
        self._turn = asyncio.Lock()
        self._keys: dict[K, None] = {}
        self._answers: dict[K, V] = {}

    async def __call__(self, key: K) -> V:
        """The answer. Raises what `ask` raised, to one; the others ask again."""
        self._keys[key] = None
        try:
            async with self._turn:
                while key not in self._answers:
                    # Another who asked the same has taken the answer, and the question, with them.
                    self._keys[key] = None
                    answers = await self._ask([each for each in self._keys if each not in self._answers])
                    # Not of who was cancelled meanwhile: nobody would take it away again.
                    self._answers |= {each: answer for each, answer in answers.items() if each in self._keys}
                return self._answers[key]
        finally:
            self._keys.pop(key, None)
            self._answers.pop(key, None)
