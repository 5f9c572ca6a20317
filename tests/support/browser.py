"""Finds the Chrome or Chromium for the tests that look at pages."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

# The shell first: it draws and runs pages as the others do, and takes a third less of the processors.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
# Nobody sees what it draws: a process that draws for a screen takes a sixth of the processors more.
OPTIONS = ("--no-sandbox", "--disable-gpu")
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
PLAYWRIGHT_FOLDERS = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")


def find_browser() -> str | None:
    """The first browser that really starts: CHROME, then those on the PATH, then Playwright's own."""
    return next((candidate for candidate in _candidates() if _starts(candidate)), None)


def _candidates() -> Iterator[str]:
    if named := os.environ.get("CHROME"):
        yield named
    yield from (found for name in NAMES if (found := shutil.which(name)))
    yield from (str(path) for path in APPLICATIONS if path.exists())
    for folder in PLAYWRIGHT_FOLDERS:
        yield from map(str, folder.glob("chromium_headless_shell-*/chrome-*/*headless*shell"))
        yield from map(str, folder.glob("chromium-*/chrome-linux*/chrome"))
        yield from map(str, folder.glob("chromium-*/chrome-mac*/*.app/Contents/MacOS/*"))


def _starts(browser: str) -> bool:
    # Some distributions put a script there that only says where the real package is.
    try:
        asked = subprocess.run([browser, "--version"], capture_output=True, timeout=90, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0 and b"rom" in asked.stdout
