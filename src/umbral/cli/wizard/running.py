"""Start and stop of Umbral's processes while the wizard runs. The wizard starts the same processes as in production."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from subscriptions.bootstrap.processes import processes_of
from umbral import env_file

_READY_S: Final = 120.0
_GENTLE_S: Final = 15.0
_LOOK_S: Final = 0.1
_TAIL_LENGTH: Final = 2000


class NotStarted(Exception):
    """Raised if a process ended or was not ready in time. The message contains the last output of the process."""


@contextmanager
def processes_running(settings: Path) -> Iterator[None]:
    """Start all processes that the settings require, wait until they are ready, and stop them at the end of the block.
    Raises NotStarted if a process ends or is not ready in time.
    """
    with ExitStack() as stack:
        stack.enter_context(leaving_in_order())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="umbral-")))
        names = processes_of(env_file.parse(settings))
        began = {name: stack.enter_context(_process(name, settings, folder)) for name in names}
        deadline = time.monotonic() + _READY_S
        while unready := [name for name in names if not (folder / f"{name}.ready").exists()]:
            for name in unready:
                if began[name].poll() is not None or time.monotonic() > deadline:
                    raise NotStarted(f"umbral {name}: {_last_words(folder, name)}")
            time.sleep(_LOOK_S)
        yield


@contextmanager
def leaving_in_order() -> Iterator[None]:
    """Handle a closed terminal and a termination signal like Ctrl-C while the block runs. Otherwise the started
    processes would keep running, because each runs in a session of its own.
    """
    ends = [each for each in (signal.SIGHUP, signal.SIGTERM) if signal.getsignal(each) is not signal.SIG_IGN]
    handlers = {each: signal.signal(each, _interrupt) for each in ends}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _interrupt(*_: object) -> None:
    # A background process of a script ignores Ctrl-C. That setting is preserved.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


@contextmanager
def _process(name: str, settings: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "umbral", "--env-file", str(settings.resolve()), name]
    environ = {**os.environ, "READY_FILE": str(folder / f"{name}.ready")}
    with (folder / f"{name}.log").open("wb") as log:
        # Use a separate session, so that Ctrl-C reaches only the wizard, which then stops the processes in order.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_GENTLE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last_words(folder: Path, name: str) -> str:
    return (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[
        -_TAIL_LENGTH:
    ].strip() or "not ready in time"
