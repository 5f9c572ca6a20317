"""Random streams from one seed. Each purpose has a separate stream, so that draws for one purpose do not affect
another.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random


class Chance:
    """Random streams by name."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._streams: dict[str, Stream] = {}

    def of(self, name: str) -> Stream:
        """Return the stream of a purpose, the same object each time."""
        if name not in self._streams:
            self._streams[name] = Stream(f"{self._seed}:{name}")
        return self._streams[name]


class Stream(Random):
    """Random numbers, with the draws needed by the simulated year."""

    def happens(self, share: float) -> bool:
        """Return True in the given share of all calls. Draws one random number for any share."""
        return self.random() < share

    def wait(self, least: timedelta, most: timedelta) -> timedelta:
        """Return a random duration of whole seconds between the given minimum and maximum."""
        return timedelta(seconds=self.randint(int(least.total_seconds()), int(most.total_seconds())))
