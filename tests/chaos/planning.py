"""Assignment of faults to the runs of a flow, and the order of the runs, determined by the seed alone."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from tests.chaos.steps import (
    ACCOUNT_FAULTS,
    CUT_ALL,
    HANG,
    KILLS,
    RESTART,
    THROUGHOUT,
    Point,
    Recording,
    Step,
    Strike,
    faults_of,
)
from tests.chaos.weather import UPDATES, WEBHOOK_FAULTS

CONNECTING = {"GetConfig", "GetState", "GetDifference", "GetUsers"}
"""Calls that the client library makes each time an account connects."""
ALIKE = 8
"""Maximum number of passes of one point at which a fault is injected. A point with fewer passes gets a fault at each
pass.
"""
TOGETHER = 8
"""Number of faults injected in one run. More faults save time but make a violation harder to attribute. Suspected
faults are repeated alone.
"""
DEATHS = 2
"""Number of times that the same process may be killed in one run."""


def all_strikes(recording: Recording, seed: int) -> list[Strike]:
    """Return every fault at every step, database faults at one commit of each process, and the faults that last for a
    whole run.

    If a step is repeated often in one run, such as a daily request, only some of the repetitions get a fault. A routine
    step (leases, the queue's own columns, reconnecting an account) gets one fault, chosen by the seed, because there
    are about a hundred similar steps.
    """
    chance = random.Random(seed)
    steps = [step for step in recording.steps() if step.n in _struck(recording.passed[step.point])]
    commits = [step for step in steps if step.point.kind == "commit"]
    processes = sorted({step.point.process for step in commits})
    troubled = [
        Strike(chance.choice([step for step in commits if step.point.process == process]), fault)
        for process in processes
        for fault in (CUT_ALL, RESTART)
    ]
    possible = [faults_of(step.point) for step in steps]
    struck = [
        Strike(step, fault)
        for step, faults in zip(steps, possible, strict=True)
        for fault in ([chance.choice(faults)] if _routine(step) else faults)
    ]
    return [*struck, *troubled, *(Strike(step, THROUGHOUT) for step in weather())]


def one_of_each(strikes: Iterable[Strike], seed: int) -> list[Strike]:
    """Return one fault for each step, chosen by the seed."""
    chance = random.Random(seed)
    steps: dict[Step, list[Strike]] = {}
    for strike in strikes:
        steps.setdefault(strike.step, []).append(strike)
    return [chance.choice(found) for found in steps.values()]


def _struck(count: int) -> set[int]:
    """Return the passes at which a fault is injected, out of the given number of passes: evenly distributed, including
    the first and the last.
    """
    if count <= ALIKE:
        return set(range(1, count + 1))
    return {1 + number * (count - 1) // (ALIKE - 1) for number in range(ALIKE)}


def _routine(step: Step) -> bool:
    if step.point.target == "postgres":
        tables = {write.rpartition(" ")[2] for write in step.point.what.split(", ")}
        return tables <= {"leases", "pgqueuer", "pgqueuer_log", "pgqueuer_statistics"}
    return step.point.method in CONNECTING and step.n > 1


def weather() -> list[Step]:
    """Return the faults that last for a whole run."""
    webhooks = [Point("web", "weather", "webhooks", kind) for kind in WEBHOOK_FAULTS]
    updates = [Point("bot", "weather", "updates", kind) for kind in UPDATES]
    return [Step(point, 1) for point in [*webhooks, *updates]]


def scripts(strikes: Iterable[Strike], seed: int, together: int = TOGETHER) -> list[tuple[Strike, ...]]:
    """Return the faults of each run, in the order of the runs."""
    chance = random.Random(seed)
    waiting = sorted(strikes)
    chance.shuffle(waiting)
    # Strikes with the most restrictions are assigned first; the others fill the plays.
    waiting.sort(key=lambda strike: (strike.fault != HANG, strike.fault not in KILLS))
    plays: list[list[Strike]] = []
    open_plays: list[list[Strike]] = []
    for strike in waiting:
        fitting = [play for play in open_plays if _goes_with(strike, play)]
        if fitting:
            max(fitting, key=len).append(strike)
        else:
            plays.append([strike])
            open_plays.append(plays[-1])
        open_plays = [play for play in open_plays if len(play) < together]
    chance.shuffle(plays)
    return [tuple(play) for play in plays]


def _goes_with(strike: Strike, play: Sequence[Strike]) -> bool:
    """Return True if the fault can be added to the run: the run has no other fault at the same point, not too many
    kills of the same process, and no fault that needs a run of its own.
    """
    if any(_apart(strike, other) or _apart(other, strike) for other in play):
        return False
    if strike.fault in ACCOUNT_FAULTS and any(other.fault in ACCOUNT_FAULTS for other in play):
        return False
    dying = [other.step.point.process for other in play if other.fault in KILLS]
    return strike.fault not in KILLS or dying.count(strike.step.point.process) < DEATHS


def _apart(strike: Strike, other: Strike) -> bool:
    """Return True if the two faults must be injected in separate runs: they are at the same step, or this fault needs a
    run of its own. A hanging response also excludes faults in other calls, which are not checked for planned faults
    during that time, and kills of its process, which must live until the timeout.
    """
    point, another = strike.step.point, other.step.point
    if strike.fault in {CUT_ALL, RESTART, THROUGHOUT} or point == another:
        return True
    return strike.fault == HANG and (
        another.kind == "call" or (other.fault in KILLS and point.process == another.process)
    )
