"""`make mutants` in a separate work tree: killed and surviving mutants, and no remaining changes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.mutants_covered import Covering, NoMeasure, is_measured, measure
from scripts.mutants_drawn import Mutant, sample
from scripts.mutants_tried import Bench, Fate

SALE = """import time


def worth(count):
    if count > 1:
        return count * 2
    return 1


def sold(count):
    while count > 0:
        count = count - 1
        time.sleep(0.01)
    return "sold"


def unheard_of(count):
    return -count
"""
TEST = """import pytest

from subscriptions import sale, words


@pytest.mark.parametrize("count", [2, 3])
def test_worth(count):
    assert sale.worth(count) == 2 * count


def test_sold():
    assert sale.sold(1) == words.SOLD
"""
SEEN, UNSEEN, ENDLESS = "return count / 2", "if count >= 1:", "count = count + 1"
PYTHON = Path(sys.executable)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Create a work tree under version control with two tests."""
    root = tmp_path / "root"
    files = {
        "src/subscriptions/__init__.py": "",
        "src/subscriptions/sale.py": SALE,
        "src/subscriptions/words.py": 'SOLD = "sold"\n',
        "tests/unit/test_sale.py": TEST,
        "tests/contract/__init__.py": "",
        "tests/integration/__init__.py": "",
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--import-mode=importlib"\nmarkers = ["long"]\n',
        ".gitignore": ".mutants/\n.venv\n__pycache__/\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / ".venv").symlink_to(PYTHON.parents[1])
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def all_of(root: Path) -> Mapping[str, Mutant]:
    """Return every mutant that any seed draws, by its changed line."""
    return {
        mutant.after: mutant for seed in range(40) for mutant in sample(root / "src", ["subscriptions"], seed, 100)[0]
    }


@pytest.mark.long
def test_mutants_are_reported_as_killed_surviving_or_not_covered(root: Path, tmp_path: Path) -> None:
    bench = Bench(root, tmp_path / "copy")
    with pytest.raises(NoMeasure, match="nothing is measured"):
        Covering(root)
    measure(root, bench.folder, bench.python, bench.environ, "0")
    assert is_measured(root)
    covering, mutants = Covering(root), all_of(root)

    worth = [f"tests/unit/test_sale.py::test_worth[{count}]" for count in (2, 3)]
    fates = {}
    for after in (SEEN, UNSEEN):
        mutant = mutants[after]
        tests = covering.tests(f"src/{mutant.path}", mutant.first, mutant.last)
        assert sorted(tests) == worth
        fates[after] = bench.try_out(mutant, tests, 0).fate
    assert fates == {SEEN: Fate.KILLED, UNSEEN: Fate.SURVIVED}

    endless = mutants[ENDLESS]
    tests = covering.tests(f"src/{endless.path}", endless.first, endless.last)
    assert bench.try_out(endless, tests, 0, least=4).fate is Fate.TIMED_OUT
    word = mutants['SOLD = "SOLD"']
    tests = covering.tests(f"src/{word.path}", word.first, word.last)
    assert sorted(tests) == ["tests/unit/test_sale.py::test_sold", *worth]
    assert bench.try_out(word, tests, 0).fate is Fate.KILLED
    hidden = mutants["return +count"]
    assert covering.tests(f"src/{hidden.path}", hidden.first, hidden.last) == []

    for tree in (root, bench.folder):
        assert (tree / "src/subscriptions/sale.py").read_text() == SALE
    (root / "src/subscriptions/sale.py").write_text(SALE + "\n")
    assert not is_measured(root)


@pytest.mark.long
def test_mutation_testing_is_refused_while_the_unchanged_sources_fail_their_tests(root: Path, tmp_path: Path) -> None:
    (root / "tests/unit/test_sale.py").write_text(TEST + "    assert sale.sold(0) is None\n")
    bench = Bench(root, tmp_path / "copy")
    with pytest.raises(NoMeasure, match="fail on the sources as they are"):
        measure(root, bench.folder, bench.python, {**os.environ, **bench.environ}, "0")
    assert not is_measured(root)
