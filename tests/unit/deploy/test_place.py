"""Check that a folder whose name the locale cannot encode is reported in one sentence instead of a traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.deploy.conftest import ROOT


@pytest.mark.parametrize(
    ("name", "locale", "is_refused"),
    [("año", "C", True), ("año", "POSIX", True), ("año", "C.UTF-8", False), ("umbral", "C", False)],
)
def test_folder_name_that_the_locale_cannot_encode_is_reported(
    tmp_path: Path, name: str, locale: str, is_refused: bool
) -> None:
    folder = tmp_path / name
    (folder / "scripts").mkdir(parents=True)
    for path in ("Makefile", "scripts/check-place"):
        (folder / path).write_bytes((ROOT / path).read_bytes())
    (folder / "scripts/check-place").chmod(0o755)
    environ = {"PATH": os.environ["PATH"], "LC_ALL": locale}
    ran = subprocess.run(["make", "help"], cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert (ran.returncode != 0) is is_refused
    assert ("run with LC_ALL=C.UTF-8, or move it" in ran.stderr) is is_refused
    assert ("make demo" in ran.stdout) is not is_refused
