"""Which strikes go together into one play, and in what order: decided by the seed alone."""

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
"""What the client library asks each time that an account is connected."""
ALIKE = 8
"""Of so many passes of a point in one play each is struck; of more, as many of them."""
TOGETHER = 8
"""Strikes in one play. More save time, and say less about which of them broke a promise; so those are told apart."""
DEATHS = 2
"""How often the same process may be killed in one play."""


def all_strikes(recording: Recording, seed: int) -> list[Strike]:
    """Every fault at every step, the database's own troubles at one commit of each process, and bad weather.

    Of a step that comes again and again, as when many days are asked for one by one, some are struck. A step of mere
    routine (leases, the queue's own columns, connecting an account once more) gets one fault, by the
    seed: there are a hundred alike.
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
    """Of the strikes at each step one, by the seed: other seeds draw others."""
    chance = random.Random(seed)
    steps: dict[Step, list[Strike]] = {}
    for strike in strikes:
        steps.setdefault(strike.step, []).append(strike)
    return [chance.choice(found) for found in steps.values()]


def _struck(count: int) -> set[int]:
    """Which of so many passes are struck: spread evenly, the first and the last among them."""
    if count <= ALIKE:
        return set(range(1, count + 1))
    return {1 + number * (count - 1) // (ALIKE - 1) for number in range(ALIKE)}


def _routine(step: Step) -> bool:
    if step.point.place == "postgres":
        tables = {write.rpartition(" ")[2] for write in step.point.what.split(", ")}
        return tables <= {"leases", "pgqueuer", "pgqueuer_log", "pgqueuer_statistics"}
    return step.point.method in CONNECTING and step.n > 1


def weather() -> list[Step]:
    """What troubles a play from its beginning to its end."""
    webhooks = [Point("web", "weather", "webhooks", kind) for kind in WEBHOOK_FAULTS]
    updates = [Point("bot", "weather", "updates", kind) for kind in UPDATES]
    return [Step(point, 1) for point in [*webhooks, *updates]]


def scripts(strikes: Iterable[Strike], seed: int, together: int = TOGETHER) -> list[tuple[Strike, ...]]:
    """The strikes of each play, in the order of the plays."""
    chance = random.Random(seed)
    waiting = sorted(strikes)
    chance.shuffle(waiting)
    # The hardest to find a place for first; the rest fills the plays up.
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
    """Not another of its point, nor too many deaths of its process; and what takes a whole play stays alone."""
    if any(_apart(strike, other) or _apart(other, strike) for other in play):
        return False
    if strike.fault in ACCOUNT_FAULTS and any(other.fault in ACCOUNT_FAULTS for other in play):
        return False
    dying = [other.step.point.process for other in play if other.fault in KILLS]
    return strike.fault not in KILLS or dying.count(strike.step.point.process) < DEATHS


def _apart(strike: Strike, other: Strike) -> bool:
    """While an answer is awaited in vain no other call is looked at, and the process has to live to give up."""
    point, another = strike.step.point, other.step.point
    if strike.fault in {CUT_ALL, RESTART, THROUGHOUT} or point == another:
        return True
    return strike.fault == HANG and (
        another.kind == "call" or (other.fault in KILLS and point.process == another.process)
    )
