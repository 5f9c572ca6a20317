"""The short run executes a tenth of the cases of an exhaustive test; the long run executes the rest."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.short_run import choose
from tests.support.drawn import ALWAYS, edited_features, seed_of
from tests.support.ordered import ROOT, uncommitted_files
from tests.support.removed import is_removed

CASES = 40
MODULES = 20
MANY = f"""
@pytest.mark.exhaustive
@pytest.mark.parametrize("case", range({CASES}))
def test_many(case): pass
"""
SUITE = f"""
import pytest
from tests.support.drawn import SHARES, share_of
{MANY}
@pytest.mark.exhaustive
@pytest.mark.parametrize("case", range(3))
def test_few(case): pass

@pytest.mark.parametrize("share", SHARES)
def test_in_one_turn(share):
    assert len(share_of(range({CASES}), share)) == {{"a-tenth": {CASES // 10}, "whole": {CASES}}}[share]

@pytest.mark.exhaustive
def test_flow_one(): pass

@pytest.mark.exhaustive
def test_flow_two(): pass

def test_ordinary(): pass
"""
MODULE = """
import pytest
pytestmark = pytest.mark.exhaustive
def test_one(): pass
def test_two(): pass
@pytest.mark.long
def test_long(): pass
"""
SINGLE = """
import pytest
@pytest.mark.exhaustive
def test_alone(): pass
"""
PLUGIN = """
import pytest
from tests.support import drawn

@pytest.hookimpl(tryfirst=True)
def pytest_configure(config): config.pluginmanager.register(drawn)
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_suite.py").write_text(SUITE)
    return tmp_path


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    for number in range(MODULES):
        (tmp_path / f"test_{number}.py").write_text(MODULE)
    return tmp_path


def collected(suite: Path, expression: str, seed: str) -> set[str]:
    """Return the tests that a run of this suite collects."""
    return set(re.findall(r"(\S+::\S+)", ran(suite, expression, seed, "--collect-only")))


def ran(suite: Path, expression: str, seed: str | None, *options: str) -> str:
    """Return the output of a run of this suite. seed: None for a run without a chosen seed."""
    environ = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", *options]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", f"--rootdir={suite}", "-m", expression, str(suite)],
        capture_output=True,
        text=True,
        check=True,
        env=environ | ({"UMBRAL_DRAW": seed} if seed is not None else {}),
    ).stdout


def test_short_run_executes_a_tenth_of_the_cases_and_long_run_the_other_cases(suite: Path) -> None:
    short, long = collected(suite, "not long", "1"), collected(suite, "long", "1")
    assert "test_suite.py::test_ordinary" in short
    assert sum("test_many" in name for name in short) == CASES // 10
    assert sum("test_few" in name for name in short) == 1
    assert sum("test_flow" in name for name in short) == 1
    assert not short & long
    assert len(short | long) == CASES + 3 + 5


def test_exhaustive_test_divided_between_the_short_and_the_long_run_passes_in_both(suite: Path) -> None:
    assert "1 passed" in ran(suite, "not long", "1", "-k", "test_in_one_turn")
    assert "1 passed" in ran(suite, "long", "1", "-k", "test_in_one_turn")


def test_all_tests_of_a_module_selected_for_the_short_run_are_in_the_short_run(modules: Path) -> None:
    short, long = collected(modules, "not long", "1"), collected(modules, "long", "1")
    assert len(short) == 2 * MODULES // 10
    assert len({name.partition("::")[0] for name in short}) == MODULES // 10
    assert not short & long
    assert len(short | long) == 3 * MODULES


def test_short_run_selects_a_tenth_of_all_feature_modules_in_one_draw(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    for number in range(MODULES):
        folder = tmp_path / "tests" / "features" / f"feature_{number}"
        folder.mkdir(parents=True)
        (folder / f"test_{number}.py").write_text(MODULE)
    assert len({name.partition("::")[0] for name in collected(tmp_path, "not long", "1")}) == MODULES // 10


@pytest.mark.parametrize(
    ("changed", "edited"),
    [
        (["src/features/gifts/chat.py", "tests/features/vip/test_demo.py"], {"gifts", "vip"}),
        (["src/web/app.py", "tests/features/test_kit.py"], set()),
        ([f"src/features/{name}/web.py" for name in "abcd"], set()),
    ],
    ids=["two", "none", "many"],
)
def test_short_run_includes_all_tests_of_edited_features_unless_many_features_were_edited(
    changed: list[str], edited: set[str]
) -> None:
    assert edited_features(changed) == {f"tests/features/{name}" for name in edited}


def test_selected_module_runs_a_tenth_of_the_cases_of_its_exhaustive_test(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_it.py").write_text(f"{MODULE}{MANY}")
    short, long = collected(tmp_path, "not long", "1"), collected(tmp_path, "long", "1")
    assert sum("test_many" in name for name in short) == CASES // 10
    assert sum("test_many" in name for name in long) == CASES - CASES // 10
    assert {"test_it.py::test_one", "test_it.py::test_two"} <= short


def test_exhaustive_tests_without_cases_are_drawn_from_those_of_their_folder(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    for number in range(MODULES):
        (tmp_path / f"test_{number}.py").write_text(SINGLE)
    assert len(collected(tmp_path, "not long", "1")) == MODULES // 10


def test_tests_of_a_module_marked_each_are_drawn_separately(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_it.py").write_text(MODULE.replace("exhaustive\n", "exhaustive(each=True)\n"))
    assert len(collected(tmp_path, "not long", "1")) == 1


def test_same_seed_draws_the_same_cases_and_another_seed_draws_other_cases(suite: Path) -> None:
    assert collected(suite, "not long", "1") == collected(suite, "not long", "1") != collected(suite, "not long", "2")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with a test and one commit."""
    folder = tmp_path / "checkout"
    (folder / "tests").mkdir(parents=True)
    (folder / "tests" / "test_it.py").write_text(MODULE)
    git(tmp_path, "init", "-q", "-b", "main", "checkout")
    commit(folder)
    return folder


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "tests: change")


def test_every_clone_of_a_commit_has_the_same_seed(checkout: Path) -> None:
    for name, options in (("full", []), ("shallow", ["--depth=1"]), ("branch", [])):
        git(checkout.parent, "clone", "-q", *options, f"file://{checkout}", name)
    git(checkout.parent / "branch", "checkout", "-q", "-b", "other")
    seeds = {seed_of(checkout.parent / name) for name in ("checkout", "full", "shallow", "branch")}
    assert len(seeds) == 1

    (checkout / "tests" / "test_it.py").write_text(SINGLE)
    assert {seed_of(checkout)} == seeds, "a change that is not committed does not change the draw"
    commit(checkout)
    assert seed_of(checkout) not in seeds


def test_seed_without_git_follows_from_the_tests(checkout: Path) -> None:
    shutil.rmtree(checkout / ".git")
    copied = checkout.parent / "copy"
    shutil.copytree(checkout, copied)
    assert seed_of(copied) == seed_of(checkout)
    (copied / "tests" / "test_it.py").write_text(SINGLE)
    assert seed_of(copied) != seed_of(checkout)


def test_commits_of_a_branch_do_not_change_what_is_drawn_and_uncommitted_changes_do(checkout: Path) -> None:
    git(checkout, "checkout", "-q", "-b", "other")
    (checkout / "tests" / "test_it.py").write_text(SINGLE)
    commit(checkout)
    assert uncommitted_files(checkout) == []
    (checkout / "tests" / "test_it.py").write_text(MODULE)
    (checkout / "tests" / "test_new.py").write_text(MODULE)
    assert uncommitted_files(checkout) == ["tests/test_it.py", "tests/test_new.py"]


@pytest.mark.parametrize(
    ("chosen", "options", "order"),
    [("7", [], 7), ("all", [], seed_of(ROOT)), ("7", ["--randomly-seed=8"], 8)],
    ids=["number", "all", "order chosen"],
)
def test_order_follows_from_the_seed_unless_it_is_chosen(
    suite: Path, chosen: str, options: list[str], order: int
) -> None:
    reported = ran(suite, "not long", chosen, "-v", "--collect-only", "-p", "pytest_randomly", *options)
    assert f"Using --randomly-seed={order}\n" in reported
    assert f"drawn by UMBRAL_DRAW={chosen}\n" in reported


def test_run_without_a_chosen_seed_uses_that_of_the_commit(suite: Path) -> None:
    reported = ran(suite, "not long", None, "-v", "--collect-only", "-p", "pytest_randomly")
    assert f"Using --randomly-seed={seed_of(ROOT)}\n" in reported
    assert f"drawn by UMBRAL_DRAW={seed_of(ROOT)}\n" in reported


def test_seed_none_defers_every_case_to_the_long_run(suite: Path) -> None:
    assert len(collected(suite, "long", "none")) == CASES + 3 + 3


def test_seed_all_collects_every_case(suite: Path) -> None:
    assert len(collected(suite, "not long", "all")) == CASES + 3 + 4


def test_always_selected_tests_exist() -> None:
    lines = ALWAYS.read_text(encoding="utf-8").splitlines()
    names = [line.partition("::")[::2] for line in lines if not is_removed(line)]
    sources = {path: Path(ROOT, path).read_text(encoding="utf-8") for path, _ in names if Path(ROOT, path).exists()}
    lost = [f"{path}::{test}" for path, test in names if f"def {test}(" not in sources.get(path, "")]
    assert lost == [], "renamed or removed: change tests/always.txt, or write it anew by scripts/short_run.py"


def test_test_with_most_new_branches_per_second_is_chosen() -> None:
    branches = [(1, number, number + 1) for number in range(300)]
    candidates = {
        "much": set(branches[:200]),
        "same": set(branches[:200]),
        "slow": set(branches[:250]),
        "more": set(branches[250:]),
    }
    seconds = {"much": 1.0, "same": 2.0, "slow": 40.0, "more": 1.0}
    assert choose(candidates, seconds) == ["much", "more"]
