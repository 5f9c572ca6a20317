"""Scripts and benchmarks accept their own defaults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    f"{path.parent.name}.{path.stem}"
    for folder in ("scripts", "benchmarks")
    for path in (ROOT / folder).glob("[a-z]*.py")
    if "ArgumentParser(" in path.read_text(encoding="utf-8")
)
IN_README = {"scripts.year"}


@pytest.mark.parametrize(
    "module", [name if name in IN_README else pytest.param(name, marks=pytest.mark.exhaustive) for name in SCRIPTS]
)
def test_script_refuses_an_unknown_option_and_nothing_else(module: str) -> None:
    """argparse converts defaults before it reports unknown options, so an invalid default would be named here."""
    tried = subprocess.run(
        [sys.executable, "-m", module, "--no-such-option"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert tried.returncode == 2
    assert "argument --" not in tried.stderr
    assert "unrecognized arguments: --no-such-option" in tried.stderr or "arguments are required" in tried.stderr
