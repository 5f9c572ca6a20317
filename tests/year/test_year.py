"""Short span of the year with frequent events and faults, which fulfils all guarantees and is repeatable; each planted
error is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.of_features import of_features
from tests.support.postgres import Server
from tests.year.garden import ROOT, Garden
from tests.year.planting import Change, Plant
from tests.year.plants import PLANTS
from tests.year.span import Span


class Field:
    """Runner of spans on copies of the source.

    as_it_is: function that simulates a span on an unchanged copy, once for each span.
    """

    def __init__(self, garden: Garden, server: Server) -> None:
        self._garden = garden
        self._server = server
        self._bare = garden.copy()
        self.as_it_is = cache(lambda span: self.play(self._bare, span))

    def planted(self, plant: Plant) -> dict[str, Any]:
        """Return the outcome of the span that reveals the planted error."""
        return self.play(self._garden.copy(plant), plant.span)

    def again(self, span: Span) -> dict[str, Any]:
        """Simulate a span again on an unchanged copy."""
        return self.play(self._bare, span)

    def play(self, root: Path, span: Span) -> dict[str, Any]:
        url = self._server.create()
        try:
            return self._garden.play(root, url, span)
        finally:
            self._server.drop(url)


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[Field]:
    with Garden(tmp_path_factory.mktemp("garden")) as garden:
        yield Field(garden, postgres_server)


def kept(outcome: dict[str, Any], span: Span) -> bool:
    """Return True if the span was simulated to its end with all guarantees fulfilled."""
    return outcome["broken"] is None and outcome["hour"] == span.days * 24


@pytest.mark.parametrize("days", [2, pytest.param(7, marks=pytest.mark.long)])
def test_simulated_busy_days_fulfil_every_guarantee(field: Field, days: int) -> None:
    span = replace(PLANTS[0].span, partners=True, tips=8 * days, days=days)
    outcome = field.as_it_is(span)

    assert kept(outcome, span), outcome
    assert {"enters", "is charged", "is put out"} <= outcome["counts"].keys()
    assert of_features("year", "COUNTS").keys() <= outcome["counts"].keys()


@pytest.mark.long
def test_simulated_busy_week_is_repeatable(field: Field) -> None:
    span = replace(PLANTS[0].span, partners=True, tips=56, days=7)

    assert field.as_it_is(span)["digest"] == field.again(span)["digest"]


@pytest.mark.long
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_planted_error_is_found_and_unchanged_source_passes(field: Field, plant: Plant) -> None:
    bare = field.as_it_is(plant.span)
    assert kept(bare, plant.span), bare
    assert bare["counts"].get("database back", 0) == plant.span.lost

    outcome = field.planted(plant)

    assert outcome["broken"] in plant.promises, outcome
    assert outcome["rows"]


def test_source_lines_replaced_by_each_planted_error_still_exist() -> None:
    """Check only that the source still contains the lines that each planted error replaces: simulating every error
    would take minutes.
    """
    lost = [(plant.name, each.path) for plant in PLANTS for each in plant.changes if not each.fits(ROOT)]
    assert lost == []


def test_planted_error_without_its_source_line_raises_lookup_error(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text((ROOT / "README.md").read_text())

    with pytest.raises(LookupError, match="does not hold exactly once"):
        Change("README.md", "words that stand nowhere in it", "").apply(tmp_path)
