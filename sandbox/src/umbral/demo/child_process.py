"""Child process that ends when its owner ends, for whatever reason."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

# The shell leaves a watcher behind that holds the reading end of a pipe, then becomes the process itself: the pid is
# that of the command, not of a wrapper. A line on the pipe ends the watcher; the end of the pipe means that the owner
# is gone, by whatever signal.
_WATCH_THEN_BECOME = """
exec 3<&0
me=$$
( read -r word <&3 || kill -s "$0" "$me" ) >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null
"""


class Started(Protocol):
    """Child process that ends when its owner ends."""

    @property
    def pid(self) -> int:
        """Return the pid of the process itself."""
        ...

    def poll(self) -> int | None:
        """Return the exit status (negative: the signal), or None while the process runs."""
        ...

    def wait(self, seconds: float) -> int:
        """Return the exit status once the process has ended; raise subprocess.TimeoutExpired if it does not end in
        time.
        """
        ...

    def send(self, which: signal.Signals) -> None:
        """Send a signal if the process is still running."""
        ...

    def stop(self, *steps: tuple[signal.Signals, float]) -> int:
        """End the process. steps: pairs of a signal and the seconds to wait after it for the process to end; SIGKILL
        follows the last step. Return the exit status.
        """
        ...


class Starter(Protocol):
    """Function that starts processes: `ChildProcess`, or a caller's replacement."""

    def __call__(self, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> Started:
        """Start `command` immediately and append its output to `log`."""
        ...


class ChildProcess:
    """Child process in a separate session, which writes to a log file and ends when this process ends."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        death: signal.Signals = signal.SIGKILL,
    ) -> None:
        """Start `command` immediately and append its output to `log`. death: signal that the child gets when this
        process ends.
        """
        held, self._line = os.pipe()
        shell = ["/bin/sh", "-c", _WATCH_THEN_BECOME, death.name.removeprefix("SIG"), *command]
        try:
            with log.open("ab") as output:
                self._process = subprocess.Popen(
                    shell, stdin=held, stdout=output, stderr=output, env=env, start_new_session=True
                )
        except OSError:
            os.close(self._line)
            raise
        finally:
            os.close(held)

    @property
    def pid(self) -> int:
        """Return the pid of the process itself."""
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit status (negative: the signal), or None while the process runs."""
        status = self._process.poll()
        if status is not None:
            self._end_watcher()
        return status

    def wait(self, seconds: float) -> int:
        """Return the exit status once the process has ended; raise subprocess.TimeoutExpired if it does not end in
        time.
        """
        status = self._process.wait(seconds)
        self._end_watcher()
        return status

    def send(self, which: signal.Signals) -> None:
        """Send a signal if the process is still running."""
        if self.poll() is None:
            self._process.send_signal(which)

    def stop(self, *steps: tuple[signal.Signals, float]) -> int:
        """End the process. steps: pairs of a signal and the seconds to wait after it for the process to end; SIGKILL
        follows the last step. Return the exit status.
        """
        for step, seconds in steps:
            if self.poll() is not None:
                break
            self._process.send_signal(step)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self._process.kill()
        status = self._process.wait()
        self._end_watcher()
        return status

    def _end_watcher(self) -> None:
        """End the watcher, so that the watcher never signals a pid that another process has reused."""
        if self._line < 0:
            return
        with suppress(BrokenPipeError):
            os.write(self._line, b"\n")
        os.close(self._line)
        self._line = -1
