"""`make help`, which shows the ten most used targets, and `make help-all`, which shows all."""

from __future__ import annotations

import re
import subprocess
import tomllib

from tests.unit.deploy.conftest import ROOT

MOST = 10


def output(target: str) -> list[str]:
    done = subprocess.run(["make", "-s", target], cwd=ROOT, capture_output=True, text=True, check=True)
    return re.findall(r"^make ([a-z-]+) +\S", done.stdout, flags=re.MULTILINE)


def test_help_shows_ten_targets_and_help_all() -> None:
    *shown, rest = output("help")
    assert len(shown) == MOST
    assert {"setup", "demo", "test"} <= set(shown)
    assert rest == "help-all"


def test_help_all_shows_every_target() -> None:
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(output("help-all")) == sorted(targets)


def test_target_named_like_a_folder_is_phony() -> None:
    """For example, `docs` is both a folder and a target."""
    done = subprocess.run(
        ["make", "-pn", "help"], cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"}
    )
    (phony,) = re.findall(r"^\.PHONY: (.+)$", done.stdout, flags=re.MULTILINE)
    assert sorted(phony.split()) == sorted(output("help-all"))


def test_pyproject_contains_only_package_and_test_settings() -> None:
    """Style settings are in ruff.toml, and import contracts in .importlinter."""
    assert set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]) == {"hatch", "mypy", "pytest"}
