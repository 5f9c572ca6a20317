"""Mutation testing: the possible mutants of a file, the mutants drawn by a seed, and the lines of their statements."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.mutants_covered import DECLARED
from scripts.mutants_drawn import Mutant, sample
from tests.support.removed import is_removed

LEFT_ALONE = '''
"""Words about the module."""
import os
from typing import NewType, Protocol
log = structlog.get_logger(__name__)
__all__ = ["Name"]
Name = NewType("Name", str)
class Port(Protocol):
    async def get(self, *, lock: bool = False) -> int: ...
@marked("way")
def say(who: "str", what: Name):
    """Words about the function."""
    log.warning(f"somebody came {who + what}", who=who, at=1)
    raise who
'''


def drawn(folder: Path, source: str, seed: int = 1, size: int = 1000) -> list[Mutant]:
    (folder / "shop").mkdir(exist_ok=True)
    (folder / "shop" / "sale.py").write_text(source)
    return sample(folder, ["shop"], seed, size)[0]


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("def f(a): return a < 1", "def f(a): return a <= 1"),
        ("def f(a): return a is not None", "def f(a): return a is None"),
        ("async def f(a): await g(a, lock=True)", "async def f(a): await g(a, lock=False)"),
        ("async def f(a): await g(a, lock=True)", "async def f(a): pass"),
        ("async def f(a): await g(a, key=a)", "async def f(a): await g(a, key=None)"),
        ("def f(a): record(a)", "def f(a): pass"),
        ("def f(a): a.day = a.today", "def f(a): a.day = None"),
        ('def f(a): return a["key"]', 'def f(a): return a["XXkeyXX"]'),
    ],
)
def test_each_possible_mutant_of_a_line_is_drawn(tmp_path: Path, source: str, after: str) -> None:
    found = {mutant.source for seed in range(60) for mutant in drawn(tmp_path, source, seed)}
    assert after in found


def test_drawn_mutants_belong_to_the_chosen_file(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("def f(a): return a + 1\n")
    (tmp_path / "other.py").write_text("def g(a): return a + 1\n")
    mutants, places = sample(tmp_path, ["rules.py"], 1, 1000)
    assert {str(each.path) for each in mutants} == {"rules.py"}, places


def test_docstrings_and_annotations_are_not_mutated(tmp_path: Path) -> None:
    assert drawn(tmp_path, LEFT_ALONE) == []


def test_same_seed_draws_the_same_distinct_mutants(tmp_path: Path) -> None:
    source = "\n".join(f"def f{number}(a): return a + {number}" for number in range(40))
    first, again, other = (drawn(tmp_path, source, seed, 10) for seed in (1, 1, 2))
    assert first == again != other
    # Each line has two places for a mutant: the sum and the number.
    mutants, sites = sample(tmp_path, ["shop"], 1, 100)
    assert (len(mutants), sites, len({mutant.source for mutant in mutants})) == (80, 80, 80)


def test_mutant_covers_the_lines_of_its_statement_or_header(tmp_path: Path) -> None:
    source = (
        "def f(a):\n    if (\n        a\n        > 1\n    ):\n        g(\n            a,\n            -a,\n        )\n"
    )
    sites = {(mutant.line, mutant.first, mutant.last) for mutant in drawn(tmp_path, source)}
    assert {(4, 2, 5), (8, 6, 9)} <= sites


def test_test_files_declared_to_detect_mutants_exist() -> None:
    tests = [test for test in DECLARED if not is_removed(test)]
    assert [test for test in tests if not (Path(__file__).parents[3] / test).exists()] == []
