"""The short run plays a tenth of the cases of an exhaustive test; the long run plays the others."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CASES = 40
SUITE = f"""
import pytest

@pytest.mark.exhaustive
@pytest.mark.parametrize("case", range({CASES}))
def test_many(case): pass

@pytest.mark.exhaustive
@pytest.mark.parametrize("case", range(3))
def test_few(case): pass

def test_ordinary(): pass
"""
PLUGIN = "from tests.support import drawn\ndef pytest_configure(config): config.pluginmanager.register(drawn)\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_suite.py").write_text(SUITE)
    return tmp_path


def collected(suite: Path, expression: str, seed: str) -> set[str]:
    """Return the tests that a run of this suite plays."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:randomly", "-p", "no:xdist"]
    run = subprocess.run(
        [*command, "-p", "no:cacheprovider", f"--rootdir={suite}", "-m", expression, str(suite)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1", "UMBRAL_DRAW": seed},
    )
    return set(re.findall(r"::(\S+)", run.stdout))


def test_short_run_plays_a_tenth_and_long_run_the_rest(suite: Path) -> None:
    short, long = collected(suite, "not long", "1"), collected(suite, "long", "1")
    assert "test_ordinary" in short
    assert sum(name.startswith("test_many") for name in short) == CASES // 10
    assert sum(name.startswith("test_few") for name in short) == 1
    assert not short & long
    assert len(short | long) == CASES + 3 + 1


def test_seed_repeats_a_draw_and_another_seed_draws_others(suite: Path) -> None:
    assert collected(suite, "not long", "1") == collected(suite, "not long", "1") != collected(suite, "not long", "2")


def test_all_plays_every_case(suite: Path) -> None:
    assert len(collected(suite, "not long", "all")) == CASES + 3 + 1
