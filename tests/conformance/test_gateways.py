"""Every built-in gateway against its provider's simulator, compared with docs/gateways.md."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from umbral.testing.conformance import BEHAVIOURS, Verdict, runner_of
from umbral.testing.kit.matrix import SIGNS, cell
from umbral.testing.kit.payloads import folder_of
from umbral.testing.kit.subject import GATEWAYS

OURS = sorted(entry.name for entry in entry_points(group=GATEWAYS))
PAGE = Path(__file__).parents[2] / "docs" / "gateways.md"
RECORDED = 41


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", sorted(BEHAVIOURS), ids=lambda number: BEHAVIOURS[number].id)
@pytest.mark.parametrize("code", OURS)
def test_built_in_gateway_fulfills_each_conformance_requirement_as_documented(
    code: str, number: int, request: pytest.FixtureRequest
) -> None:
    outcome = runner_of(code, request, "conformance_database").outcome(number)

    assert outcome.verdict is not Verdict.FAILS, outcome.words
    if number != RECORDED or folder_of(code) is not None:
        assert cell(PAGE.read_text(encoding="utf-8"), code, number) == SIGNS[outcome.verdict], "run `make gateways`"
