"""What the database says of optional capabilities."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.errors import RetryLater


class NotPrepared(RetryLater):
    """The database lacks what this version needs, or does not know an installed feature: `umbral migrate` is to run."""


@dataclass(frozen=True, kw_only=True)
class RunningFeatures:
    """What one process has loaded. process: web, worker, … features: name, version and state of each, as one line."""

    process: str
    owner: str
    features: str


class FeatureBooks(Protocol):
    """Counts what keeps features draining, and keeps what each process has loaded."""

    async def left(self, names: Collection[str]) -> Mapping[str, Mapping[str, int]]:
        """Return the counts above zero of the named features; the others that the database knows have none.

        Raises NotPrepared, and RetryLater while the database is away.
        """
        ...

    async def record(self, running: RunningFeatures) -> None:
        """Note that a process runs now with these features. Raises RetryLater."""
        ...

    async def running(self) -> Sequence[RunningFeatures]:
        """Return what each process noted that was seen within the last minute. Raises RetryLater."""
        ...
