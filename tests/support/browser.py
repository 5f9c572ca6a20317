"""Search for an installed Chrome or Chromium for tests that open pages."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

# The headless shell comes first, because it renders and runs pages like the other browsers with a third less processor
# time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
# Rendering with the GPU would take a sixth more processor time.
OPTIONS = ("--no-sandbox", "--disable-gpu")
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
PLAYWRIGHT_FOLDERS = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")


def find_browser() -> str | None:
    """Return the path of the first browser that starts: the one in the variable CHROME, then those on the PATH, then
    those installed by Playwright. None if no browser starts.
    """
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
    # Some distributions install a script under this name that only prints the name of the real package.
    try:
        asked = subprocess.run([browser, "--version"], capture_output=True, timeout=90, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0 and b"rom" in asked.stdout
