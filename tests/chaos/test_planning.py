"""Distribution of faults over runs: every fault is in exactly one run, and no fault hides another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

import pytest

from tests.chaos.planning import ALIKE, DEATHS, TOGETHER, all_strikes, one_of_each, scripts
from tests.chaos.steps import (
    ACCOUNT_FAULTS,
    CUT_ALL,
    HANG,
    KILL_AFTER,
    KILLS,
    RESTART,
    THROUGHOUT,
    Point,
    Recording,
    Step,
    Strike,
    faults_of,
)

POINTS: Mapping[Point, int] = {
    Point("bot", "call", "bot_api", "sendMessage → customer"): 4,
    Point("userbot", "call", "mtproto", "CreateChannel"): 1,
    Point("userbot", "call", "mtproto", "EditAdmin"): 3,
    Point("worker", "call", "stripe", "GET /v1/subscriptions/{id}"): 2,
    Point("worker", "commit", "postgres", "INSERT payments"): 2,
    Point("bot", "commit", "postgres", "INSERT leases"): 6,
    Point("bot", "statement", "postgres", "UPDATE bot_updates"): 3,
}


@pytest.fixture
def recording() -> Recording:
    return Recording(POINTS)


@pytest.mark.parametrize("seed", range(5))
def test_every_planned_fault_is_in_exactly_one_run(recording: Recording, seed: int) -> None:
    strikes = all_strikes(recording, seed)
    planned = Counter(strike for play in scripts(strikes, seed) for strike in play)
    assert planned == Counter(strikes)


def test_seed_chooses_one_fault_per_step(recording: Recording) -> None:
    strikes = all_strikes(recording, 1)
    drawn = [one_of_each(strikes, seed) for seed in range(3)]
    for few in drawn:
        assert Counter(strike.step for strike in few) == Counter({strike.step for strike in strikes})
    assert len({strike for few in drawn for strike in few}) > len(drawn[0])


@pytest.mark.parametrize("seed", range(5))
def test_faults_that_would_hide_each_other_are_in_separate_runs(recording: Recording, seed: int) -> None:
    for play in scripts(all_strikes(recording, seed), seed):
        assert len(play) <= TOGETHER
        faults = {strike.fault for strike in play}
        assert len(play) == 1 or not faults & {CUT_ALL, RESTART, THROUGHOUT}
        assert len({strike.step.point for strike in play}) == len(play)
        dying = Counter(strike.step.point.process for strike in play if strike.fault in KILLS)
        assert max(dying.values(), default=0) <= DEATHS
        assert sum(strike.fault in ACCOUNT_FAULTS for strike in play) <= 1
        for one, other in combinations(play, 2):
            assert HANG not in {one.fault, other.fault} or "call" not in {
                (other if one.fault == HANG else one).step.point.kind
            }


def test_same_seed_gives_the_same_runs(recording: Recording) -> None:
    one, other, another = (scripts(all_strikes(recording, seed), seed) for seed in (1, 1, 2))
    assert one == other != another


def test_every_fault_is_planned_for_important_steps_and_at_least_one_for_routine_steps(recording: Recording) -> None:
    struck = Counter(strike.step for strike in all_strikes(recording, 1))
    paid, leased = (Step(point, 1) for point in POINTS if "payments" in point.what or "leases" in point.what)
    assert struck[paid] >= len(faults_of(paid.point))
    assert struck[leased] >= 1


def test_planned_fault_written_as_text_is_parsed_to_the_same_fault() -> None:
    strike = Strike(Step(next(iter(POINTS)), 2), KILL_AFTER)
    assert Strike.of(strike.words()) == strike


def test_frequent_step_gets_faults_only_at_some_of_its_repetitions_including_first_and_last() -> None:
    asked = Point("worker", "call", "stripe", "GET /v1/events")
    struck = sorted({strike.step.n for strike in all_strikes(Recording({asked: 61}), 1) if strike.step.point == asked})
    assert (len(struck), struck[0], struck[-1]) == (ALIKE, 1, 61)
