"""Measure the memory of each process with only the packages of its image, and its CPU usage while idle.

`python -m benchmarks.size [--sales 3] [--idle 60]`

Starts a complete demo, and replaces its processes by processes that find only the packages that `deploy/packages` lists
for their image. Then people buy, join and leave a page open. Shortly afterwards, memory is read from the kernel: RSS is
all resident memory, PSS divides shared memory among its users. The memory of Python alone, and of Python with only the
process's framework imported, is also printed. Then the demo is idle for --idle seconds, and the CPU usage of each
process is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from benchmarks.processes import worked
from benchmarks.rows import Row, tell
from deploy import lock_of
from deploy.image_packages import LISTS, OURS
from tests.support.demo import START_SECONDS, Demo, eventually, running_demo

FRAMEWORKS: Final = {"web": "fastapi, uvicorn", "worker": "sqlalchemy", "bot": "aiogram", "userbot": "telethon"}
SETTLED_S: Final = 15
WANTED_MB: Final = 200
WANTED_IDLE: Final = 2
"""Permitted idle CPU usage of all processes together, in per cent of one processor."""
STOP_SECONDS: Final = 30
ABSENT: Final = "import sys; sys.modules.update(dict.fromkeys({absent}))\n"
"""Code that hides modules: importing a hidden module fails, and so does a check whether it exists."""
MEASURE: Final = "\nprint(open('/proc/self/smaps_rollup').read())"
Size = tuple[float, float]


def main() -> None:
    """Measure the demo's processes and print a line per process."""
    options = argparse.ArgumentParser(description="Memory of each process.")
    options.add_argument("--sales", type=int, default=3)
    options.add_argument("--idle", type=float, default=60)
    given = options.parse_args()
    bare, _ = _size(_python(MEASURE))
    alone = {name: _size(_python(f"{_blind_to(name)}import {it}{MEASURE}"))[0] for name, it in FRAMEWORKS.items()}
    sys.stdout.write(f"Python alone: {bare:.0f} MB\n")
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder), "--no-restart") as demo,
        as_in_images(demo) as pids,
    ):
        for number in range(given.sales):
            demo.person(f"Ana {number}").buy()
            demo.person(f"Beto {number}").checkout()
        time.sleep(SETTLED_S)
        for name, pid in pids.items():
            resident, shared = _size(Path(f"/proc/{pid}/smaps_rollup").read_text())
            limit = f"{WANTED_MB} MB wanted"
            tell(Row(f"{name}, resident", limit, f"{resident:.0f} MB", [resident / WANTED_MB], "≤ 1"))
            sys.stdout.write(
                f"{name:8} {resident:4.0f} MB resident, {shared:4.0f} by its part; {resident / bare:4.1f} times "
                f"Python, {resident / alone[name]:.1f} times {FRAMEWORKS[name]} ({alone[name]:.0f} MB)\n"
            )
        report_idle(pids, given.idle)


def report_idle(pids: Mapping[str, int], seconds: float) -> None:
    """Measure and print the CPU usage of the idle processes."""
    before = {name: worked(pid) for name, pid in pids.items()}
    time.sleep(seconds)
    took = {name: 100 * (worked(pid) - before[name]) / seconds for name, pid in pids.items()}
    each, together = ", ".join(f"{name} {share:.1f}" for name, share in took.items()), sum(took.values())
    sys.stdout.write(f"per cent of a processor for {seconds:.0f} s without anybody: {each}, together {together:.1f}\n")
    ratios = [together / WANTED_IDLE]
    tell(Row("all four, with nothing to do", f"{WANTED_IDLE} % wanted", f"{together:.1f} %", ratios, "≤ 1"))


@contextmanager
def as_in_images(demo: Demo) -> Iterator[dict[str, int]]:
    """Restart the demo's processes, each with only its image's packages; yield their pids."""
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in FRAMEWORKS:
            _stop(int(json.loads(demo.ready_file.read_text())["pids"][name]))
            started[name] = _start(demo, name)
        for name in FRAMEWORKS:
            ready, log = _ready_file(demo, name), demo.folder / f"{name}.log"
            eventually(lambda ready=ready: ready.exists() or None, f"{name}: {log.read_text()[-2000:]}", START_SECONDS)
        yield {name: process.pid for name, process in started.items()}
    finally:
        for process in started.values():
            process.terminate()
            process.wait(STOP_SECONDS)


def _start(demo: Demo, name: str) -> subprocess.Popen[bytes]:
    words = ["--env-file", str(_settings(demo)), name]
    code = _blind_to(name) + f"from umbral.cli import main\nsys.exit(main({words}))"
    environment = {**os.environ, "READY_FILE": str(_ready_file(demo, name))}
    with (demo.folder / f"{name}.log").open("ab") as output:
        return subprocess.Popen([sys.executable, "-c", code], stdout=output, stderr=output, env=environment)


def _settings(demo: Demo) -> Path:
    """Return the path of the demo's settings without its clock, which a process would poll continuously."""
    given = Path(demo.facts["env_file"]).read_text().splitlines()
    alone = demo.folder / "alone.env"
    alone.touch(0o600)
    alone.write_text("\n".join(line for line in given if not line.startswith("CLOCK_URL")))
    return alone


def _ready_file(demo: Demo, name: str) -> Path:
    return demo.folder / f"{name}.alone.ready"


def _stop(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: not Path(f"/proc/{pid}/maps").exists() or None, f"{pid} has ended", STOP_SECONDS)


def _blind_to(image: str) -> str:
    """Return a line of code that hides the modules missing from the image."""
    held = {*lock_of.names((LISTS / f"{image}.txt").read_text()), *OURS}
    ours = {module for module, whose in packages_distributions().items() if held & {_name(each) for each in whose}}
    return ABSENT.format(absent=sorted(packages_distributions().keys() - ours))


def _name(distribution: str) -> str:
    return str(canonicalize_name(distribution))


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def _size(rollup: str) -> Size:
    """Return RSS and PSS in MB of 1024²."""
    lines = dict(line.split(":", 1) for line in rollup.splitlines() if line.endswith(" kB"))
    return float(lines["Rss"].split()[0]) / 1024, float(lines["Pss"].split()[0]) / 1024


if __name__ == "__main__":
    main()
