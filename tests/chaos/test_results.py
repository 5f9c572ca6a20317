"""An interrupted campaign continues from its results file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.chaos.results import Results
from tests.chaos.session import Outcome
from tests.chaos.steps import KILL_AFTER, Point, Recording, Step, Strike

POINT = Point("bot", "call", "bot_api", "sendMessage → customer")
STRIKE = Strike(Step(POINT, 1), KILL_AFTER)
OUTCOME = Outcome("purchase", (STRIKE,), (STRIKE,), ("2 channels",), nudges=1, seconds=2.5)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Write a results file with one run."""
    path = tmp_path / "kept" / "purchase-1.jsonl"
    results = Results(path, go_on=False)
    results.record(Recording({POINT: 4}))
    results.add(OUTCOME)
    return path


def test_results_of_earlier_runs_are_read_from_the_file(kept: Path) -> None:
    results = Results(kept, go_on=True)
    assert results.recording == Recording({POINT: 4})
    assert results.outcomes == [OUTCOME]


def test_new_run_empties_the_results_file(kept: Path) -> None:
    results = Results(kept, go_on=False)
    assert (results.recording, results.outcomes, kept.read_text()) == (None, [], "")


def test_results_file_of_another_source_version_is_refused(kept: Path) -> None:
    head, *plays = kept.read_text().splitlines()
    kept.write_text("\n".join([json.dumps({**json.loads(head), "sources": "others"}), *plays]))
    with pytest.raises(ValueError, match="other sources"):
        Results(kept, go_on=True)


def test_incomplete_line_of_results_is_dropped(kept: Path) -> None:
    with kept.open("a") as file:
        file.write('{"flow": "pur')
    assert Results(kept, go_on=True).outcomes == [OUTCOME]


def test_results_are_kept_in_memory_if_no_file_is_given() -> None:
    results = Results(None, go_on=True)
    results.add(OUTCOME)
    assert results.outcomes == [OUTCOME]
