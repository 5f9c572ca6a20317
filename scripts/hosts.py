"""`make trial-hosts`: run the whole product on six simulated machines (network namespaces) and inject failures."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hosts.databases import Databases
from tests.hosts.house import House
from tests.hosts.network import HOSTS, Network
from tests.hosts.trial import Trial

_INSIDE = "UMBRAL_TRIAL_NETWORK"
_CANNOT = 3


def main() -> int:
    """Return 1 if a guarantee of the product was violated, 3 if the trial cannot run on this machine, otherwise 0."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        print("not tried: it makes network namespaces, for which it needs Linux, `ip` of iproute2, and root")
        return _CANNOT
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, signal.default_int_handler)
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="words of the troubles to try")
    only = options.parse_args().only
    return _try(only) if _INSIDE in os.environ else _around(only)


def _around(only: str) -> int:
    """Create the network, run this program again on one of its simulated machines, and return the exit status."""
    network = Network(str(os.getpid() % 100_000))
    try:
        try:
            network.make()
        except subprocess.CalledProcessError as error:
            print(f"not tried: this kernel makes no such network: {error}")
            return _CANNOT
        again = [sys.executable, "-m", "scripts.hosts", "--only", only]
        command = ["ip", "netns", "exec", network.name("hand"), *again]
        return subprocess.run(command, check=False, env={**os.environ, _INSIDE: network.mark}).returncode
    finally:
        network.remove()


def _try(only: str) -> int:
    began = time.monotonic()
    places = ", ".join(f"{host} {address}" for host, address in HOSTS.items())
    _say(f"machines: {places}")
    with TemporaryDirectory(prefix="hosts-") as folder:
        network = Network(os.environ[_INSIDE])
        house = House(Path(folder), network, Databases(Path(folder), network))
        try:
            house.start()
            _say(f"web and bot on front, worker and userbot on back, all ready ({time.monotonic() - began:.0f} s)")
            Trial(house, _say, only)()
        except AssertionError as broken:
            _say(f"BROKEN: {broken}")
            print(house.words())
            return 1
        finally:
            house.stop()
    _say(f"all promises hold: {time.monotonic() - began:.0f} s")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
