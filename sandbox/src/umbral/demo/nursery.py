"""Runs Python's commands as children of a process that has loaded what they need already.

Loading takes a process of the product one to three seconds of a processor, most of it for what all of them load: this
one loads that once, and forks. What is born is the command as an operator runs it, with settings, log and session of
its own; only the loading is behind it. For systems on which a process may fork and go on: macOS has libraries that do
not bear it.

Whoever connects to the socket hands in one order and is told who was born, and how they ended. A caller that goes away,
however it does, takes their child with them, and so does the process for which there is all this (`nurse.py`).
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import selectors
import shlex
import signal
import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from ctypes import CDLL
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any, Final

from setproctitle import setproctitle

_PR_SET_PDEATHSIG: Final = 1
"""Linux's `prctl(2)`: the signal that follows the parent's death."""
SHARED: Final = ("umbral.cli.worker",)
"""What every process of the product loads. What one of them alone needs would stand in the memory of all."""


class Nursery:
    """Serves orders until `life`, a socket, is closed at its other end."""

    def __init__(self, orders: socket.socket, life: socket.socket) -> None:
        """Take the socket to listen on."""
        self._orders, self._life = orders, life
        self._woken, self._wakes = socket.socketpair()
        self._callers: dict[socket.socket, int] = {}
        self._orphans: set[int] = set()
        self._selector = selectors.DefaultSelector()
        for end in (orders, life, self._woken):
            self._selector.register(end, selectors.EVENT_READ)

    def serve(self) -> None:
        """Return when it is over; nobody is left then."""
        for end in (self._woken, self._wakes):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wakes.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        try:
            while self._turn({key.fileobj for key, _ in self._selector.select()}):
                pass
        finally:
            for pid in {*filter(None, self._callers.values()), *self._orphans}:
                os.kill(pid, signal.SIGKILL)

    def _turn(self, ready: set[Any]) -> bool:
        if self._woken in ready:
            self._woken.recv(4096)
            self._bury()
        if self._orders in ready:
            caller, _ = self._orders.accept()
            self._callers[caller] = 0
            self._selector.register(caller, selectors.EVENT_READ)
        for caller in ready & set(self._callers):
            self._hear(caller)
        return self._life not in ready

    def _hear(self, caller: socket.socket) -> None:
        words, ends = (b"", []) if self._callers[caller] else _heard(caller)
        if words:
            self._callers[caller] = pid = self._born(json.loads(words), ends)
            for end in ends:
                os.close(end)
            _say(caller, {"born": pid})
            return
        if pid := self._dismiss(caller):
            os.kill(pid, signal.SIGKILL)
            self._orphans.add(pid)

    def _dismiss(self, caller: socket.socket) -> int:
        self._selector.unregister(caller)
        caller.close()
        return self._callers.pop(caller)

    def _bury(self) -> None:
        self._orphans = {pid for pid in self._orphans if not os.waitpid(pid, os.WNOHANG)[0]}
        for caller, pid in list(self._callers.items()):
            gone, status = os.waitpid(pid, os.WNOHANG) if pid else (0, 0)
            if gone:
                _say(caller, {"dead": pid, "status": os.waitstatus_to_exitcode(status)})
                self._dismiss(caller)

    def _born(self, order: Mapping[str, Any], ends: Sequence[int]) -> int:
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            self._forget()
            # Whoever lists the machine's processes sees who this is, and not whose child it was. It is written over the
            # environment that the system knows, which is looked for as it was.
            setproctitle(shlex.join(order["command"]))
            _dress(ends or _into(Path(order["log"])), order["env"])
            _become(*order["command"])
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:  # whatever it was, this child must end here, and not go on as a second parent
            sys.excepthook(*sys.exc_info())
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _forget(self) -> None:
        """Nothing of the parent: neither its sockets nor how it takes signals."""
        signal.set_wakeup_fd(-1)
        for which in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(which, signal.SIG_DFL)
        os.setsid()
        # Also should the nursery be killed: who is started in this one's place must not meet it alive.
        CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        self._selector.close()
        for end in (self._orders, self._life, self._woken, self._wakes, *self._callers):
            end.close()


def _say(caller: socket.socket, what: Mapping[str, int]) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        caller.sendall(f"{json.dumps(what)}\n".encode())


def _heard(caller: socket.socket) -> tuple[bytes, list[int]]:
    """An order, and the ends that came with it to take for input, output and errors."""
    words, ends, _, _ = socket.recv_fds(caller, 1 << 20, 3)
    while words and not words.endswith(b"\n"):
        more = caller.recv(1 << 20)
        words = words + more if more else b""
    return words, list(ends)


def _into(log: Path) -> list[int]:
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    return [os.open(os.devnull, os.O_RDONLY), output, os.dup(output)]


def _dress(ends: Sequence[int], env: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)
    for number, end in enumerate(ends):
        os.dup2(end, number)
        os.close(end)


def _become(python: str, *words: str) -> None:
    """What Python itself does with `-m module` and `-c code`; that nothing be kept back (`-u`) is for who writes."""
    option, what, *more = words[words[0] == "-u" :]
    sys.argv = [option, *more]
    if (python, option) == (sys.executable, "-m"):
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    elif (python, option) == (sys.executable, "-c"):
        FunctionType(compile(what, "<string>", "exec"), {"__name__": "__main__"})()
    else:
        raise ValueError(f"no command of this Python's: {python} {option}")


def load(modules: Iterable[str]) -> None:
    """Load these with no look for garbage, which loading leaves little of."""
    gc.disable()
    for name in modules:
        import_module(name)
    gc.enable()


def serve(orders: int, life: int) -> None:
    """Serve by the sockets with these numbers what has been loaded until now."""
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=orders) as listening, socket.socket(fileno=life) as living:
        Nursery(listening, living).serve()


if __name__ == "__main__":
    load(sys.argv[3:])
    serve(int(sys.argv[1]), int(sys.argv[2]))
