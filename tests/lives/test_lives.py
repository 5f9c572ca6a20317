"""Random lives keep four promises; what they found stays found, each told as the story it was.

LIVES=2000 plays so many, LIVES_LONG so many of the long ones; CONTRIBUTING says how to read a story.
"""

from __future__ import annotations

import os

import pytest

from tests.lives.life import drawn, lived, shrunk

LIVES = int(os.environ.get("LIVES", "500"))
LONG = int(os.environ.get("LIVES_LONG", "100000"))
PARTS = 10
LONG_FROM = 1_000_000

pytestmark = pytest.mark.usefixtures("quiet")


async def play(seeds: range) -> None:
    for seed in seeds:
        moves = seed % 3 != 0
        story = await lived(drawn(seed), moves=moves)
        if story.broken is not None:
            shortest = await shrunk(story, moves=moves)
            pytest.fail(f"life {seed}\n{shortest}", pytrace=False)


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_promise_is_kept_in_every_life(part: int) -> None:
    await play(range(part, LIVES, PARTS))


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_promise_is_kept_in_many_more(part: int) -> None:
    await play(range(LONG_FROM + part, LONG_FROM + LONG, PARTS))
