"""Every flow without a fault, and a random selection of faults, chosen by the seed; `make chaos` injects all faults."""

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
from tests.support.fork_clients import ForkClient

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

FLOW = "purchase"
FAULTS = (
    # Each test case plays a list of faults, each with the place where it strikes.
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
def session(tmp_path_factory: pytest.TempPathFactory, fork_client: ForkClient) -> Iterator[Session]:
    with Session(tmp_path_factory.mktemp("chaos"), 1, fork_client) as running:
        yield running


@pytest.fixture(scope="module")
def recording(session: Session) -> Recording:
    return session.record(FLOW, warm_up=0, recorded=1, idle=2)


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_undisturbed_flow_keeps_every_guarantee(tmp_path: Path, fork_client: ForkClient, flow: str) -> None:
    with Session(tmp_path, 1, fork_client) as own:
        assert own.play(flow).broken == ()


@pytest.mark.long
@pytest.mark.parametrize("faults", FAULTS, ids=lambda faults: " and ".join(fault for fault, _ in faults))
def test_purchase_under_faults_ends_like_an_undisturbed_purchase(
    session: Session, recording: Recording, faults: tuple[tuple[str, str], ...]
) -> None:
    possible = recording.strikes()
    strikes = [
        random.choice([one for one in possible if one.fault == fault and where in str(one)]) for fault, where in faults
    ]
    outcome = session.play(FLOW, strikes)
    assert outcome.broken == (), f"after {', '.join(map(str, strikes))}"
    assert outcome.hits, f"never hit: {', '.join(map(str, strikes))}"


@pytest.mark.long
def test_updates_may_be_repeated_delayed_and_reordered_without_effect(session: Session) -> None:
    step = next(step for step in weather() if step.point.what == ROUGH)
    assert session.play(FLOW, [Strike(step, "throughout")]).broken == ()


@pytest.mark.long
@pytest.mark.parametrize("flow", sorted(FLOWS.keys() - {FLOW}))
def test_every_flow_except_the_purchase_ends_under_faults_like_an_undisturbed_flow(
    tmp_path: Path, fork_client: ForkClient, flow: str
) -> None:
    """Run one of the fault combinations that `make chaos` runs for the flow, chosen at random, in a separate world."""
    with Session(tmp_path, 1, fork_client) as own:
        recording = own.record(flow, warm_up=0, recorded=1, idle=2)
        strikes = random.choice(scripts(all_strikes(recording, 1), 1))
        outcome = own.play(flow, strikes)
    assert outcome.broken == (), f"after {', '.join(map(str, strikes))}"
