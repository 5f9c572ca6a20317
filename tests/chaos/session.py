"""Runs of flows in one world, one fault after another, with their outcomes."""

from __future__ import annotations

import itertools
import time
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.flows import FLOWS
from tests.chaos.flows.flow import Flow
from tests.chaos.pg_proxy import Commit, When
from tests.chaos.stage import Stage
from tests.chaos.steps import ACCOUNT_FAULTS, FORBIDDEN_FAULT, Point, Recording, Strike
from tests.chaos.weather import LOST_WEBHOOKS
from tests.chaos.world import World
from tests.support.fork_clients import ForkClient
from tests.support.planted import leaks_of

IDLE_SECONDS = 6.0
WARM_UP_PLAYS, RECORDED_PLAYS = 1, 3


STUCK = "stuck"
"""Prefix of the description of a run that did not reach its end."""


class SpoiledWorld(Exception):
    """Raised if no further run is possible in a world."""


@dataclass(frozen=True)
class Outcome:
    """Outcome of one run: the injected faults, the violated guarantees, and the number of repeated customer actions."""

    flow: str
    strikes: tuple[Strike, ...]
    hits: tuple[Strike, ...]
    broken: tuple[str, ...]
    nudges: int
    seconds: float
    passed: Mapping[Point, int] = field(default_factory=dict, repr=False)

    @property
    def missed(self) -> tuple[Strike, ...]:
        """Return the planned faults whose step never occurred."""
        return tuple(strike for strike in self.strikes if strike not in self.hits)


class Session:
    """One world and the runs in it, one at a time."""

    def __init__(self, folder: Path, seed: int, fork_client: ForkClient) -> None:
        """Prepare the world without starting it."""
        self.world = World(folder, self._committing, seed, fork_client.start)
        self._stage: Stage | None = None
        self._numbers = itertools.count(1)

    def __enter__(self) -> Session:
        """Start the world."""
        try:
            self.world.start()
        except BaseException:
            self.world.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the world."""
        self.world.stop()

    async def _committing(self, commit: Commit, when: When) -> bool:
        return await self._stage.committing(commit, when) if self._stage is not None else True

    def play(self, flow: str, strikes: Sequence[Strike] = ()) -> Outcome:
        """Run the flow once with a new customer. Raises SpoiledWorld if the run could not begin."""
        played = self._ready_to_play(flow)
        played.refused = any(strike.fault == FORBIDDEN_FAULT for strike in strikes)
        played.account_trouble = any(strike.fault in ACCOUNT_FAULTS for strike in strikes)
        played.unreported = played.unreported or any(strike.step.point.what == LOST_WEBHOOKS for strike in strikes)
        played.strikes = len(strikes)
        began = time.monotonic()
        with Stage(self.world, played.people, strikes) as stage:
            self._stage = stage
            try:
                broken = self._through(played)
            finally:
                self._stage = None
        return Outcome(
            flow,
            tuple(strikes),
            tuple(stage.hits),
            tuple(broken),
            played.nudges,
            time.monotonic() - began,
            dict(stage.passed),
        )

    def _ready_to_play(self, flow: str) -> Flow:
        try:
            played = FLOWS[flow](self.world, next(self._numbers))
            played.prelude()
        except Exception as error:  # Any failure counts: another world may work.
            raise SpoiledWorld(f"before anything struck: {error!r}") from error
        return played

    def _through(self, played: Flow) -> list[str]:
        try:
            played.play()
            played.deliver_dropped()
            played.finish()
            return [*played.broken(), *leaks_of(self.world.folder / "data", self.world.facts)]
        except AssertionError as stuck:
            return [f"{STUCK}: {stuck}"]
        except Exception as error:  # Any failure counts: the other plays must still run.
            last = traceback.extract_tb(error.__traceback__)[-1]
            return [f"{STUCK}: {error!r} in {Path(last.filename).name}, {last.name}"]

    def record(
        self, flow: str, warm_up: int = WARM_UP_PLAYS, recorded: int = RECORDED_PLAYS, idle: float = IDLE_SECONDS
    ) -> Recording:
        """Record the steps of an undisturbed flow. Raises AssertionError if the undisturbed flow violates a guarantee.

        warm_up: number of runs that are not recorded. idle: seconds for which the processes are observed while no
        customer acts.
        """
        plays = [self.play(flow) for _ in range(warm_up + recorded)]
        for play in plays:
            assert not play.broken, f"undisturbed {flow}: {play.broken}"
        return Recording.common([play.passed for play in plays[warm_up:]], self._background(idle))

    def _background(self, idle: float) -> Collection[Point]:
        """Return the points that processes pass while no customer acts."""
        with Stage(self.world, ()) as stage:
            self._stage = stage
            time.sleep(idle)
            self._stage = None
        return set(stage.passed)
