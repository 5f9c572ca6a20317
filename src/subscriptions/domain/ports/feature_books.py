"""Port for the database's records about features."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.errors import RetryLater


class NotPrepared(RetryLater):
    """Error: the database lacks a table or column that this version needs, or does not know an installed feature. Run
    `umbral migrate`.
    """


@dataclass(frozen=True, kw_only=True)
class RunningFeatures:
    """Features loaded by one process.

    process: name of the process, such as web or worker
    features: name, version and state of each feature, as one line
    """

    process: str
    owner: str
    features: str


class FeatureBooks(Protocol):
    """Port for the records about features: counts of open work (which prevent a feature from being switched off
    completely), signs that a feature has been used, and the features that each process loaded.
    """

    async def left(self, names: Collection[str]) -> Mapping[str, Mapping[str, int]]:
        """Return the counts of open work, keyed by feature and by kind of work; zero counts are left out. The result
        contains every feature that the database knows; a feature that is not in `names` has no counts. Raise
        NotPrepared, or RetryLater if the database is unavailable.
        """
        ...

    async def used(self) -> Collection[str]:
        """Return the features whose rows show that they have been used. May raise NotPrepared and RetryLater."""
        ...

    async def has_due_jobs(self) -> bool:
        """Return True if a job is due or running. May raise RetryLater."""
        ...

    async def record(self, running: RunningFeatures) -> None:
        """Record that a process runs with these features. May raise RetryLater."""
        ...

    async def running(self) -> Sequence[RunningFeatures]:
        """Return the features that each process has loaded, for all processes seen within the last minute. May raise
        RetryLater.
        """
        ...
