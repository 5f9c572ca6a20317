"""A nursery from outside: started, given orders, and a handle for each process born there; see `nursery.py`."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Final, Self

from umbral.demo import nursery

LOADS: Final = ("-u", "-P", "-m", "umbral.demo.nursery")
"""Python's words for a nursery; after them come two sockets, and what it is to load. What is born writes at once, as
`PYTHONUNBUFFERED` has it for processes that load for themselves.
"""
_LOOK_SECONDS = 0.02
_BIRTH_SECONDS = 300.0
"""The first birth waits until everything is loaded."""


class Nurse:
    """A nursery for as long as the block runs; in no case does anything of it outlive this process."""

    def __init__(self, modules: Sequence[str] = nursery.SHARED, script: Sequence[str] = LOADS) -> None:
        """Start loading these at once. script: Python's words for what loads them and serves."""
        # Not below anybody's own folder: the path of a socket has to be short.
        self._folder = TemporaryDirectory(prefix="nursery")
        self.address = Path(self._folder.name) / "orders"
        """Where orders are taken; see `Born`."""
        self._words = list(script), list(modules)
        self._begin()

    def _begin(self) -> None:
        self._life, theirs = socket.socketpair()
        with theirs:
            self._process = begin(self.address, theirs, *self._words)

    def __enter__(self) -> Nurse:
        """It is there already."""
        return self

    def __exit__(self, *error: object) -> None:
        """End it."""
        self.close()

    def start(self, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> Born:
        """Have a command born; see `umbral.demo.tether.Starter`. A nursery that died is begun anew."""
        if self._process.poll() is not None:
            self._life.close()
            self.address.unlink(missing_ok=True)
            self._begin()
        return Born(self.address, command, log=log, env=env)

    def ready(self) -> Self:
        """Wait until everything is loaded, so that no test's own patience is spent on that."""
        self.start([sys.executable, "-c", ""], log=Path(os.devnull)).wait(_BIRTH_SECONDS)
        return self

    def close(self) -> None:
        """End the nursery and whatever lives in it."""
        self._life.close()
        self._process.wait(300)
        self._folder.cleanup()


def begin(address: Path, life: socket.socket, script: Sequence[str], modules: Sequence[str]) -> subprocess.Popen[bytes]:
    """A nursery that takes orders at this address until `life` is closed at its other end."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen(64)
        ends = (listening.fileno(), life.fileno())
        command = [sys.executable, *script, *map(str, ends), *modules]
        # Those born there bring their own output.
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, pass_fds=ends, stdin=quiet, stdout=quiet, start_new_session=True)


class Born:
    """A process born in a nursery, which ends with its owner; see `umbral.demo.tether.Started`."""

    def __init__(
        self, nursery: Path, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        """Start `command`, Python's `-m` or `-c`, at once. Raises ChildProcessError where the nursery is gone."""
        self._command, self._lock = list(command), Lock()
        self._status: int | None = None
        self._line = socket.socket(socket.AF_UNIX)
        try:
            self._line.settimeout(_BIRTH_SECONDS)
            self._line.connect(str(nursery))
            order = {"command": self._command, "log": str(log), "env": dict(os.environ if env is None else env)}
            self._line.sendall(f"{json.dumps(order)}\n".encode())
            self._news = self._line.makefile("rb", buffering=0)
            self.pid: int = self._told()["born"]
        except (OSError, KeyError) as error:
            self._line.close()
            raise ChildProcessError("the nursery is gone") from error

    def poll(self) -> int | None:
        """How it ended (negative: the signal), None while it lives."""
        with self._lock:
            if self._status is None and select.select([self._line], [], [], 0)[0]:
                # Without a word the nursery itself is gone, and all that lived in it.
                self._status = self._told().get("status", -signal.SIGKILL)
                self._news.close()
                self._line.close()
            return self._status

    def wait(self, seconds: float) -> int:
        """How it ended; raises subprocess.TimeoutExpired when it does not in time."""
        end = time.monotonic() + seconds
        while (status := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(self._command, seconds)
            time.sleep(_LOOK_SECONDS)
        return status

    def send(self, which: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, which)

    def stop(self, *steps: tuple[signal.Signals, float]) -> int:
        """Send each signal in turn, giving its seconds to end in, and SIGKILL after the last."""
        for step, seconds in steps:
            self.send(step)
            with suppress(subprocess.TimeoutExpired):
                return self.wait(seconds)
        self.send(signal.SIGKILL)
        return self.wait(_BIRTH_SECONDS)

    def _told(self) -> dict[str, Any]:
        with suppress(ConnectionResetError):
            told: dict[str, Any] = json.loads(self._news.readline() or b"{}")
            return told
        return {}
