"""The harness's side of the nursery: one for all worlds, and a service for each process born there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from tests.chaos import nursery
from umbral.demo.services import begin_log, last_lines

_LOOK_SECONDS = 0.02


class Nurse:
    """Starts the nursery, and knows of the births and deaths in it."""

    def __init__(self) -> None:
        """Start loading at once; the first birth waits for the end of it."""
        ours, theirs = socket.socketpair()
        with theirs:
            # -P: nothing of this folder may stand in for a module of the product.
            command = [sys.executable, "-P", nursery.__file__, str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._line, self._lock = ours, Lock()
        self._births: SimpleQueue[int] = SimpleQueue()
        self._deaths: dict[int, int] = {}
        Thread(target=self._listen, name="nursery", daemon=True).start()

    def _listen(self) -> None:
        # The end of what is told, however it comes: the nursery is gone, and says why on the standard error.
        with suppress(ConnectionResetError), self._line.makefile("r", encoding="utf-8") as told:
            for words in told:
                news: dict[str, Any] = json.loads(words)
                if "born" in news:
                    self._deaths.pop(news["born"], None)
                    self._births.put(news["born"])
                else:
                    self._deaths[news["dead"]] = news["status"]
        self._births.put(0)

    def __enter__(self) -> Nurse:
        """It is there already."""
        return self

    def __exit__(self, *error: object) -> None:
        """End it."""
        self.close()

    def bear(self, name: str, words: Sequence[str], log: Path, env: Mapping[str, str]) -> int:
        """Start a command; its pid. Raises RuntimeError where the nursery is gone."""
        order = {"name": name, "words": list(words), "log": str(log), "env": dict(env)}
        with self._lock:
            self._line.sendall(f"{json.dumps(order)}\n".encode())
            pid = self._births.get(timeout=60)
        if not pid:
            raise RuntimeError("the nursery is gone")
        return pid

    def status(self, pid: int) -> int | None:
        """How a child ended (negative: the signal), None while it lives."""
        return self._deaths.get(pid)

    def close(self) -> None:
        """End the nursery and whatever lives in it."""
        self._line.shutdown(socket.SHUT_RDWR)
        self._process.wait(300)
        self._line.close()


class Child:
    """One process of a world, started again as often as need be; see `umbral.demo.services.Service`."""

    def __init__(self, nurse: Nurse, name: str, words: Sequence[str], log: Path, env: Mapping[str, str]) -> None:
        """Nothing is started yet; READY_FILE in `env` is where the process says that it works."""
        self.name = name
        self._nurse, self._words, self._log, self._env = nurse, words, log, env
        self._ready_file = Path(env["READY_FILE"])
        self._said_before = 0
        self.pid = 0

    def start(self) -> None:
        """Start it, its log continued."""
        self._ready_file.unlink(missing_ok=True)
        self._said_before = begin_log(self._log)
        self.pid = self._nurse.bear(self.name, self._words, self._log, self._env)

    def is_ready(self) -> bool:
        """Whether it made its ready file."""
        return self._ready_file.exists()

    def poll(self) -> int | None:
        """Its exit status once it has died."""
        return self._nurse.status(self.pid) if self.pid else None

    def send(self, which: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.pid and self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, which)

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self.send(signal.SIGTERM)

    def wait(self, seconds: float) -> int | None:
        """Its exit status; None where it still lives when the time is over."""
        end = time.monotonic() + seconds
        while self.pid and self.poll() is None and time.monotonic() < end:
            time.sleep(_LOOK_SECONDS)
        return self.poll()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL after 8 s."""
        self.send(signal.SIGTERM)
        if self.wait(8) is None:
            self.send(signal.SIGKILL)
            self.wait(20)

    def last_words(self) -> str:
        """The last lines of its log since it was started."""
        return last_lines(self._log, self._said_before)
