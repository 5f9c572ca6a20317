"""A few of the most telling faults, chosen by the seed; `make chaos` plays all of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.flows import FLOWS
from tests.chaos.planning import all_strikes, scripts, weather
from tests.chaos.session import Session
from tests.chaos.steps import CUT_AFTER, KILL_AFTER, KILL_BEFORE, Recording, Strike
from tests.chaos.weather import ROUGH
from tests.support.nurse import Nurse

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

FLOW = "purchase"
TELLING = (
    # Each is one play: faults, and where they may strike.
    (
        (KILL_AFTER, "userbot: mtproto"),
        ("error 500, but done", "bot: bot_api sendMessage → customer"),
        (CUT_AFTER, "web: postgres INSERT webhook_inbox"),
    ),
    (
        (KILL_BEFORE, "INSERT orders, INSERT subscriptions, INSERT payments"),
        ("garbage for an answer", "stripe POST"),
        ("connection cut after", "userbot: mtproto"),
    ),
    ((KILL_AFTER, "bot: postgres INSERT"), (CUT_AFTER, "userbot: postgres INSERT")),
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, nurse: Nurse) -> Iterator[Session]:
    with Session(tmp_path_factory.mktemp("chaos"), 1, nurse) as running:
        yield running


@pytest.fixture(scope="module")
def recording(session: Session) -> Recording:
    return session.record(FLOW, warm_up=0, recorded=1, idle=2)


@pytest.mark.long
@pytest.mark.parametrize("telling", TELLING, ids=lambda telling: " and ".join(fault for fault, _ in telling))
def test_a_struck_purchase_ends_as_an_undisturbed_one(
    session: Session, recording: Recording, telling: tuple[tuple[str, str], ...]
) -> None:
    possible = recording.strikes()
    strikes = [
        random.choice([one for one in possible if one.fault == fault and where in str(one)]) for fault, where in telling
    ]
    outcome = session.play(FLOW, strikes)
    assert outcome.broken == (), f"after {', '.join(map(str, strikes))}"
    assert outcome.hits, f"never hit: {', '.join(map(str, strikes))}"


@pytest.mark.long
def test_updates_may_come_twice_late_and_shuffled(session: Session) -> None:
    step = next(step for step in weather() if step.point.what == ROUGH)
    assert session.play(FLOW, [Strike(step, "throughout")]).broken == ()


@pytest.mark.long
@pytest.mark.parametrize("flow", sorted(FLOWS.keys() - {FLOW}))
def test_each_other_flow_ends_as_an_undisturbed_one(tmp_path: Path, nurse: Nurse, flow: str) -> None:
    """One play of all that `make chaos` would play of it, another each time; in a world of its own, as there."""
    with Session(tmp_path, 1, nurse) as own:
        recording = own.record(flow, warm_up=0, recorded=1, idle=2)
        strikes = random.choice(scripts(all_strikes(recording, 1), 1))
        outcome = own.play(flow, strikes)
    assert outcome.broken == (), f"after {', '.join(map(str, strikes))}"
