"""A demo with processes of this version and of the previous version, as during an upgrade."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.demo import START_SECONDS, Demo, eventually

OLD: Final = "old"
NEW: Final = "new"
STOP_SECONDS = 180


@dataclass
class MixedDemo:
    """A demo of this version in which each process can be replaced by one of the previous version."""

    demo: Demo
    previous: Path
    versions: dict[str, str] = field(default_factory=lambda: dict.fromkeys(("web", "worker", "bot", "userbot"), NEW))
    _started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self, **versions: str) -> None:
        """Run these processes in the given versions and all others in this version. Processes that already have the
        right version keep running.
        """
        changed = {name: versions.get(name, NEW) for name in self.versions}
        changed = {name: wanted for name, wanted in changed.items() if wanted != self.versions[name]}
        for name in changed:
            self._stop(name)
        for name, version in changed.items():
            self._start(name, version)
        for name, version in changed.items():
            ready, log = self._ready_file(name), self._log(name, version)
            eventually(
                lambda ready=ready: ready.exists() or None, f"{log.name}: {log.read_text()[-2000:]}", START_SECONDS
            )
        self.versions |= changed

    def _start(self, name: str, version: str) -> None:
        self._ready_file(name).unlink(missing_ok=True)
        command = [sys.executable, "-m", "umbral", "--env-file", self._env_file(version), name]
        environment = {**self._environment(version), "READY_FILE": str(self._ready_file(name))}
        with self._log(name, version).open("ab") as output:
            self._started[name] = subprocess.Popen(command, stdout=output, stderr=output, env=environment)

    def _ready_file(self, name: str) -> Path:
        return self.demo.folder / f"{name}.ready"

    def _log(self, name: str, version: str) -> Path:
        return self.demo.folder / f"{name}.{version}.log"

    def _environment(self, version: str) -> Mapping[str, str]:
        before = os.environ.get("PYTHONPATH", "")
        path = os.pathsep.join(filter(None, [str(self.previous) if version == OLD else "", before]))
        return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}

    def _env_file(self, version: str) -> str:
        """Return the path of the settings file for a version. A payment method that the previous version does not know
        is enabled only in this version's file.
        """
        new = Path(self.demo.facts["env_file"])
        if version == NEW:
            return str(new)
        old = self.demo.folder / "previous.env"
        lines = [line for line in new.read_text().splitlines() if not line.startswith("PAYMENT_GATEWAYS=")]
        old.write_text("\n".join([*lines, "PAYMENT_GATEWAYS=stripe", ""]))
        return str(old)

    def sources(self, version: str) -> Path:
        """Return the path from which a process of this version imports the package `subscriptions`."""
        look = [sys.executable, "-c", "import subscriptions; print(subscriptions.__file__)"]
        found = subprocess.run(look, env=self._environment(version), capture_output=True, text=True, check=True)
        return Path(found.stdout.strip())

    def _stop(self, name: str) -> None:
        """Stop a process as a deployment does: send SIGTERM and wait."""
        started = self._started.pop(name, None)
        if started is not None:
            started.terminate()
            started.wait(STOP_SECONDS)
            return
        pid = int(json.loads(self.demo.ready_file.read_text())["pids"][name])
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: _is_gone(pid) or None, f"{name} has ended", STOP_SECONDS)

    def close(self) -> None:
        """Stop the processes that this object started."""
        for process in self._started.values():
            process.kill()
            process.wait(STOP_SECONDS)


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@contextmanager
def mixed(demo: Demo, previous: Path) -> Iterator[MixedDemo]:
    """Yield a demo (`--no-restart`) with processes of two versions. At the end, stop the processes that
    were started.
    """
    both = MixedDemo(demo, previous)
    try:
        yield both
    finally:
        both.close()
