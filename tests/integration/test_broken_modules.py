"""Check that a test module that cannot be imported fails the run, even with several test processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_module_that_cannot_be_imported_fails_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    (folder / "test_broken.py").write_text("import a_module_that_is_nowhere\n\n\ndef test_it() -> None: ...\n")
    (folder / "test_whole.py").write_text("def test_it() -> None: ...\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "1", "inner"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(
        command, cwd=tmp_path, env=environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert "ERROR inner/test_broken.py" in run.stdout, run.stdout + run.stderr
    assert "1 passed, 1 error" in run.stdout
    assert run.returncode == 1
