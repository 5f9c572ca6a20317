"""Check that a process restarts when the state of a feature changed: at once if staff switched the feature, otherwise
when no job is due, after ten minutes at the latest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from subscriptions.application.alarms.watch_features import LONGEST_WAIT, RestartOnFeatureChange
from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.domain.ports.feature_books import RunningFeatures

ON, DRAINING, OFF = FeatureState.ON, FeatureState.DRAINING, FeatureState.OFF
NOTE = RunningFeatures(process="bot", owner="host:1", features="")


class Books:
    """Fake of the store that records which features run and which data they left.

    has_jobs: True if a job is due.
    """

    has_jobs = True

    async def left(self, names: Collection[str]) -> Mapping[str, Mapping[str, int]]:
        return {}

    async def used(self) -> Collection[str]:
        return ()

    async def has_due_jobs(self) -> bool:
        return self.has_jobs

    async def record(self, running: RunningFeatures) -> None:
        """Record nothing."""

    async def running(self) -> Sequence[RunningFeatures]:
        return ()


class Process:
    """Process that was started while the features had these states."""

    def __init__(self, **states: FeatureState) -> None:
        self.states, self.books, self.restarts = states, Books(), 0
        self.check = RestartOnFeatureChange(NOTE, self._read_states(), self._read, self.books, self._restart)

    def _read_states(self) -> FeatureStates:
        return FeatureStates(states=dict(self.states))

    async def _read(self) -> FeatureStates:
        return self._read_states()

    def _restart(self) -> None:
        self.restarts += 1


async def test_enabling_or_disabling_a_feature_restarts_the_process_at_once() -> None:
    for before, after in ((OFF, ON), (ON, OFF), (ON, DRAINING), (DRAINING, ON)):
        process = Process(receipts=before)
        process.states["receipts"] = after
        await process.check()
        assert process.restarts == 1


async def test_process_restarts_after_the_first_use_of_a_feature_once_no_job_is_due() -> None:
    process = Process(receipts=OFF)
    process.states["receipts"] = DRAINING
    await process.check()
    assert process.restarts == 0, "the customer who paid is on the way to the invite link"
    process.books.has_jobs = False
    await process.check()
    assert process.restarts == 1


async def test_jobs_that_stay_due_delay_the_restart_for_at_most_ten_minutes() -> None:
    process = Process(receipts=DRAINING)
    process.states["receipts"] = OFF
    for _ in range(LONGEST_WAIT):
        await process.check()
    assert process.restarts == 0
    await process.check()
    assert process.restarts == 1
