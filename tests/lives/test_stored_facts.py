"""Today's answers at every moment of random lives follow from the stored facts."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from subscriptions.domain.services.state_comparison import differences
from subscriptions.domain.timeline.facts import Terms
from tests.lives.judge import Judge
from tests.lives.life import drawn, lived
from tests.lives.story import DAY, State, Story
from tests.support.removed import of_all_features
from tests.support.stored_rows import rows_of

HOUR = timedelta(hours=1)
SEEDS: Final = [
    5,
    17,
    49,
    61,
    7400142,
    7400160,
    7200034,
    7200044,
    7401126,
    8007332,
    8100061,
    8400272,
    8401794,
    8402196,
    8410500,
    8411076,
]
"""Lives with a transfer of value, waiting days, a refund of earned days, many events, the first charge after a trial at
the bank, one that is refused although the subscription was to end, a failed charge that ends a pause, a charge that
moves, a dispute of a payment that its bank confirmed late, a dispute about a gift behind which other days wait, one
that is opened while the next charge is at the bank, which refuses it, one that is open when a failed charge is paid, a
charge at the bank after days outside, two plan changes after a first payment that its bank confirmed late, a
dispute about the first of two gifts, and months skipped while a charge is at the bank, which pays or refuses it.
"""


@of_all_features
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("seed", SEEDS)
async def test_answers_of_a_life_follow_from_the_stored_facts(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Judge, "checks_answers", True)
    story = await lived(drawn(seed), moves=seed % 3 != 0)
    assert story.broken is None


@pytest.mark.parametrize("state", [Story.leave_unpaid, Story.leave_at_bank], ids=["grace", "at the bank"])
async def test_suspension_in_which_no_time_runs_differs_from_no_fact(state: State) -> None:
    story = await Story.open()
    await story.buy()
    await story.run(10 * DAY)
    await state(story)
    await story.run(2 * DAY)
    for act in (Story.suspend, Story.readmit):
        await act(story)
        await story.run(HOUR)
        rows = rows_of(story.shop.memory.tables, story.subscription)
        assert list(differences(rows, Terms(grace=story.town.policy.grace), story.now)) == []
