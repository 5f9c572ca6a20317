"""Processes of the demo, started from any directory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from umbral.demo.folder import Folder
from umbral.demo.processes import PRODUCT, environment


@pytest.mark.parametrize("name", PRODUCT)
def test_demo_process_ignores_a_module_of_its_name_in_the_current_directory(name: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "demo")
    folder.make()
    (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")

    ran = subprocess.run(
        [sys.executable, "-m", "umbral", name, "--help"],
        cwd=tmp_path,
        env=environment(folder, name),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert "the wrong module" not in ran.stderr
