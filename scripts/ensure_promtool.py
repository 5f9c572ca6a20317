"""Unpack promtool from the system's package if possible, for the tests of the alert rules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.promtool import UNPACKED, find_promtool

HELP = """No promtool was found, and none could be unpacked: the alert rules are read, and not tried.
It comes with Prometheus (Debian, Ubuntu: apt-get install prometheus); PROMTOOL names one that lies elsewhere."""


def main() -> int:
    """Return 0 even if promtool is missing, because the tests that need promtool are then skipped with a reason."""
    if not find_promtool() and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        _unpack()
    if not find_promtool():
        print(HELP, file=sys.stderr)
    return 0


def _unpack() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # apt-get may download as a different user than the caller.
        Path(folder).chmod(0o755)
        tries = [["apt-get", "download", "prometheus"]]
        if os.geteuid() == 0:
            tries = [*tries, ["apt-get", "update", "-q"], *tries]
        for command in tries:
            subprocess.run(command, cwd=folder, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)
            for package in Path(folder).glob("prometheus_*.deb"):
                print("Unpacking promtool from the system's package of Prometheus")
                subprocess.run(["dpkg-deb", "-x", str(package), f"{folder}/whole"], check=True)
                UNPACKED.parent.mkdir(exist_ok=True)
                shutil.move(f"{folder}/whole/usr/bin/promtool", UNPACKED)
                return


if __name__ == "__main__":
    sys.exit(main())
