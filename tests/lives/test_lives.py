"""Random histories of customers, which must fulfil five guarantees. Each earlier finding is covered by a story.

LIVES=2000 sets the number of histories in the short run, LIVES_LONG in the long run; docs/testing.md explains how to
read a story.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

import subscriptions
from tests.lives.life import Held, drawn, lived, shrunk
from tests.lives.unmended import MENDINGS, Mending

LIVES = int(os.environ.get("LIVES", "100"))
LONG = int(os.environ.get("LIVES_LONG", "20000"))
PARTS = 10
LONG_FROM = 1_000_000
SOURCE: Final = Path(subscriptions.__file__).parent

pytestmark = pytest.mark.usefixtures("quiet")


async def play(seeds: range, sums: Held | None = None) -> None:
    for seed in seeds:
        moves = seed % 3 != 0
        story = await lived(drawn(seed), moves=moves, sums=sums)
        if story.broken is not None:
            shortest = await shrunk(story, moves=moves, sums=sums)
            pytest.fail(f"life {seed}\n{shortest}", pytrace=False)


@pytest.mark.parametrize("part", range(PARTS))
async def test_random_customer_histories_fulfil_every_guarantee(part: int) -> None:
    await play(range(part, LIVES, PARTS))


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
async def test_many_more_random_customer_histories_fulfil_every_guarantee(part: int) -> None:
    await play(range(LONG_FROM + part, LONG_FROM + LONG, PARTS))


@pytest.mark.parametrize("mending", MENDINGS, ids=lambda each: each.row)
def test_source_contains_the_lines_that_each_planted_fault_replaces(mending: Mending) -> None:
    """Check only that the source still contains the lines that each planted fault replaces. The share of faults that
    the random histories find is measured manually.
    """
    texts = {path: (SOURCE / path).read_text(encoding="utf-8") for path, _, _ in mending.changes}

    assert [(path, old) for path, old, _ in mending.changes if old not in texts[path]] == []
