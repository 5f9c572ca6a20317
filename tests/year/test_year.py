"""A short brisk time of the virtual year keeps all promises, twice the same; each planted bug is found in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Server
from tests.year.garden import ROOT, Garden
from tests.year.plants import PLANTS, Change, Plant
from tests.year.span import Span


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garden]:
    with Garden(tmp_path_factory.mktemp("garden")) as growing:
        yield growing


def brisk(seed: int, days: int) -> Span:
    return Span(seed, days=days, customers=10, brisk=True)


def test_a_brisk_week_keeps_all_promises_and_is_the_same_again(garden: Garden, postgres_server: Server) -> None:
    root, outcomes = garden.copy(), []
    for _ in range(2):
        url = postgres_server.create()
        outcomes.append(garden.play(root, url, brisk(1, 7)))
        postgres_server.drop(url)

    assert outcomes[0]["broken"] is None, outcomes[0]
    assert outcomes[0]["hour"] == 7 * 24
    assert outcomes[0]["digest"] == outcomes[1]["digest"]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_planted_bug_is_found(garden: Garden, postgres_server: Server, plant: Plant) -> None:
    url = postgres_server.create()
    outcome = garden.play(garden.copy(plant), url, brisk(plant.seed, plant.days))
    postgres_server.drop(url)

    assert outcome["broken"] in plant.promises, outcome
    assert outcome["rows"]


def test_a_bug_that_does_not_fit_any_more_is_told(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text((ROOT / "README.md").read_text())

    with pytest.raises(LookupError, match="does not hold exactly once"):
        Change("README.md", "words that stand nowhere in it", "").apply(tmp_path)
