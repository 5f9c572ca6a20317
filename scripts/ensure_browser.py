"""Install Chrome or Chromium for the tests if neither is available and an installation is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.support.browser import find_browser

HELP = """No Chrome or Chromium was found, and none could be installed.
Install one (Debian, Ubuntu: apt-get install chromium), or run the tests without: make test NO_BROWSER=1"""


def main() -> int:
    """Return 0 if a browser is available, after trying to install one if necessary."""
    for attempt in (None, _from_the_system, _from_playwright):
        if attempt is not None:
            attempt()
        if find_browser():
            return 0
    print(HELP, file=sys.stderr)
    return 1


def _from_the_system() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print("Installing Chromium, and the emoji of its pictures, with apt-get")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "-y", "-q", "--no-install-recommends", "fonts-noto-color-emoji"]
    for words in (["update", "-q"], [*install, "chromium-headless-shell"], [*install, "chromium"]):
        if find_browser() is None:
            subprocess.run(["apt-get", *words], env=quiet, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def _from_playwright() -> None:
    print("Installing Chromium with Playwright")
    words = ["playwright", "install", "--only-shell", "chromium"]
    subprocess.run([sys.executable, "-m", *words], check=False, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
