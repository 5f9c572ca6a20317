"""Check of the files that a gateway's commits may change, run on a repository made for the test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.gateway_diff import main

SCRIPT = Path(__file__).parents[3] / "scripts" / "check-gateway-diff"
PYPROJECT = """[project]
name = "shop"

[project.entry-points."umbral.payment_gateways"]
{gateway}card = "shop.card:descriptor"

[tool.ruff]
line-length = {length}
"""
SANDBOX = """[project]
name = "shop-sandbox"

[project.entry-points."umbral.gateway_simulators"]
{simulator}card = "shop_sandbox.card:simulator"
"""
GATEWAY = 'coins = "subscriptions.infrastructure.payments.coins:descriptor"\n'
SIMULATOR = 'coins = "umbral_sandbox.payments.coins:simulator"\n'


def pyproject(gateway: str = "", length: int = 120) -> str:
    return PYPROJECT.format(gateway=gateway, length=length)


def sandboxs(simulator: str = "") -> str:
    return SANDBOX.format(simulator=simulator)


OWN = {
    "pyproject.toml": pyproject(GATEWAY),
    "sandbox/pyproject.toml": sandboxs(SIMULATOR),
    "src/subscriptions/infrastructure/payments/coins/gateway.py": "x = 1\n",
    "sandbox/src/umbral_sandbox/payments/coins/rest.py": "x = 1\n",
    "tests/contract/test_coins_checkout.py": "x = 1\n",
    "tests/support/coins.py": "x = 1\n",
    "sandbox/tests/coins/test_page.py": "x = 1\n",
    "docs/gateways.md": "coins\n",
    "CHANGELOG.md": "coins\n",
    "requirements.lock": "coins==1\n",
    ".env.example": "COINS_KEY=\n",
}


BEGINNING = {
    "pyproject.toml": pyproject(),
    "sandbox/pyproject.toml": sandboxs(),
    "src/shop.py": "x = 1\n",
    "README.md": "shop\n",
}


class Repository:
    """Repository whose first commit is tagged `start`. The fixture makes it the working directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")
        self.commit("begin", BEGINNING)
        self.git("tag", "start")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, subject: str, files: Mapping[str, str]) -> str:
        for path, text in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)
        return self.git("rev-parse", "--short=10", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@shop.example")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path)


def test_changes_to_the_files_of_the_gateway_are_accepted(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit("payments: take coins", OWN)
    repository.commit("payments: take more coins", {"sandbox/src/umbral_sandbox/payments/coins/rest.py": "x = 2\n"})

    assert main(["start..HEAD"]) == 0
    said = capsys.readouterr().out
    assert all(f"ok  {path}" in said for path in OWN)
    assert said.endswith("coins: 12 changes in 2 commits, all its own\n")


FOREIGN = (
    "src/shop.py",
    "src/subscriptions/domain/ports/payment_gateway.py",
    "src/subscriptions/infrastructure/payments/card/gateway.py",
    "src/subscriptions/infrastructure/payments/coins.py",
    "sandbox/src/umbral_sandbox/payments/deliveries.py",
    "tests/conftest.py",
    "tests/support/bitcoins.py",
    "Makefile",
)


def test_files_outside_the_gateway_are_named_with_their_commits(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit("payments: take coins", OWN)
    first = repository.commit("spine: bend for coins", dict.fromkeys(FOREIGN, "y = 3\n"))
    second = repository.commit("spine: bend back", {"src/shop.py": "x = 1\n", "docs/more.md": "coins\n"})

    assert main(["start..HEAD"]) == 1
    said = capsys.readouterr().out
    for path in FOREIGN:
        assert f"NO  {path}" in said
        assert f"{first} {path}: " in said
    assert f"{second} src/shop.py: not coins's own" in said
    assert said.endswith(f"coins: {len(FOREIGN) + 1} of 21 changes in 3 commits are not its own\n")


def test_gateway_may_change_only_its_entry_point_line_in_pyproject(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = (
        ("pyproject.toml", pyproject(GATEWAY, length=100)),
        ("pyproject.toml", pyproject(GATEWAY + 'paper = "paper:descriptor"\n', length=100)),
        ("pyproject.toml", pyproject(GATEWAY, length=100).replace('card = "shop.card', 'card = "coins')),
        ("pyproject.toml", pyproject(GATEWAY) + GATEWAY),
        ("sandbox/pyproject.toml", sandboxs(SIMULATOR).replace('card = "shop_sandbox.card', 'card = "coins')),
    )
    commits = [(repository.commit("payments: take coins", {path: text}), path) for path, text in wrong]
    repository.commit("payments: take coins", {"pyproject.toml": pyproject(GATEWAY)})

    assert main(["start..HEAD"]) == 1
    said = capsys.readouterr().out
    assert all(f"{commit} {path}: more than coins's line" in said for commit, path in commits)


def test_moved_file_counts_as_changed_at_its_old_path(repository: Repository) -> None:
    repository.commit("payments: take coins", OWN)
    repository.git("mv", "src/shop.py", "sandbox/src/umbral_sandbox/payments/coins/shop.py")
    repository.git("commit", "-q", "-m", "payments: take the shop along")

    assert main(["start..HEAD"]) == 1


def test_merge_commit_is_checked_by_its_own_changes(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "coins")
    repository.commit("payments: take coins", OWN)
    repository.git("checkout", "-q", "main")
    repository.commit("shop: open later", {"src/shop.py": "x = 2\n"})
    repository.git("checkout", "-q", "coins")
    repository.git("merge", "-q", "--no-edit", "main")
    assert main(["main..coins"]) == 0

    repository.git("checkout", "-q", "-b", "sly", "HEAD~1")
    repository.git("merge", "-q", "--no-commit", "main")
    repository.commit("merge main", {"src/shop.py": "x = 3\n"})
    assert main(["main..sly"]) == 1


def test_invalid_commit_range_is_reported(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit("shop: open later", {"src/shop.py": "x = 2\n"})
    for text, complaint in (
        ("HEAD", "is no range"),
        ("start...HEAD", "is no range"),
        ("..HEAD", "is no range"),
        ("start..--all", "is no range"),
        ("nothing..HEAD", "there is no commit 'nothing'"),
        ("HEAD..start", "no commits in that range"),
        ("start..HEAD", "adds no gateway"),
    ):
        assert main([text]) == 2
        assert complaint in capsys.readouterr().err


def test_commit_range_with_two_gateways_is_refused(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit("payments: take all", {"pyproject.toml": pyproject(GATEWAY + 'paper = "paper:descriptor"\n')})
    assert main(["start..HEAD"]) == 2
    assert "adds coins, paper" in capsys.readouterr().err


def test_command_prints_the_result_for_a_commit_range_and_usage_without_one(repository: Repository) -> None:
    repository.commit("payments: take coins", OWN)
    done = subprocess.run(
        [SCRIPT, "start..HEAD"], cwd=repository.root / "docs", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "coins: 11 changes in 1 commit, all its own")
    bad = subprocess.run([SCRIPT], cwd=repository.root, capture_output=True, text=True, check=False)
    assert bad.returncode == 2
    assert "usage" in bad.stderr
