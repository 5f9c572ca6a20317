"""Process that forks Python commands after loading their common modules.

Loading takes a process of the product one to three seconds of CPU time, mostly for modules that all processes share.
The fork server loads these modules once, and then forks. Apart from the loading, a forked process is the same as a
command started by an operator, with its own settings, log and session. It must not be used on systems on which a forked
process cannot continue safely, such as macOS with some libraries.

A client that connects to the socket sends one order, and receives the pid and later the exit status. If a client
disconnects for whatever reason, its process is ended. All processes are ended when the owner of the fork server ends
(`fork_client.py`).
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

from subscriptions.application.dto.rooms import load_application
from subscriptions.bootstrap.lean_imports import import_lean

_PR_SET_PDEATHSIG: Final = 1
"""Option of Linux's `prctl(2)`: the signal that the system sends when the parent dies."""
SHARED: Final = ("umbral.cli.worker", "worker.main")
"""Modules that every process of the product loads. Modules that only one process needs are not included, because all
processes would keep them in memory.
"""


class ForkServer:
    """Server that accepts orders until the other end of the socket `life` is closed."""

    def __init__(self, orders: socket.socket, life: socket.socket) -> None:
        """Create a server that listens on `orders`."""
        self._orders, self._life = orders, life
        self._woken, self._wakes = socket.socketpair()
        self._clients: dict[socket.socket, int] = {}
        self._orphans: set[int] = set()
        self._selector = selectors.DefaultSelector()
        for end in (orders, life, self._woken):
            self._selector.register(end, selectors.EVENT_READ)

    def serve(self) -> None:
        """Accept orders until the other end of the socket `life` is closed, then kill all forked processes."""
        for end in (self._woken, self._wakes):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wakes.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        try:
            while self._serve_once({key.fileobj for key, _ in self._selector.select()}):
                pass
        finally:
            for pid in {*filter(None, self._clients.values()), *self._orphans}:
                os.kill(pid, signal.SIGKILL)

    def _serve_once(self, ready: set[Any]) -> bool:
        if self._woken in ready:
            self._woken.recv(4096)
            self._collect_ended()
        if self._orders in ready:
            client, _ = self._orders.accept()
            self._clients[client] = 0
            self._selector.register(client, selectors.EVENT_READ)
        for client in ready & set(self._clients):
            self._read_order(client)
        return self._life not in ready

    def _read_order(self, client: socket.socket) -> None:
        words, ends = (b"", []) if self._clients[client] else _receive_order(client)
        if words:
            self._clients[client] = pid = self._fork(json.loads(words), ends)
            for end in ends:
                os.close(end)
            _send(client, {"pid": pid})
            return
        if pid := self._disconnect(client):
            os.kill(pid, signal.SIGKILL)
            self._orphans.add(pid)

    def _disconnect(self, client: socket.socket) -> int:
        self._selector.unregister(client)
        client.close()
        return self._clients.pop(client)

    def _collect_ended(self) -> None:
        self._orphans = {pid for pid in self._orphans if not os.waitpid(pid, os.WNOHANG)[0]}
        for client, pid in list(self._clients.items()):
            gone, status = os.waitpid(pid, os.WNOHANG) if pid else (0, 0)
            if gone:
                _send(client, {"status": os.waitstatus_to_exitcode(status)})
                self._disconnect(client)

    def _fork(self, order: Mapping[str, Any], ends: Sequence[int]) -> int:
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            self._detach()
            # The process list shows this command instead of the parent's. The title is written over the environment
            # that the system knows, which is located in its original state.
            setproctitle(shlex.join(order["command"]))
            _set_environment(ends or _open_log(Path(order["log"])), order["env"])
            _run_command(*order["command"])
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:  # Whatever the exception, this child must end here, and not continue as a second parent.
            sys.excepthook(*sys.exc_info())
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _detach(self) -> None:
        """Detach a forked process from the server: drop the server's sockets and signal handlers, and start a new
        session. The process is still killed when the server dies.
        """
        signal.set_wakeup_fd(-1)
        for which in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(which, signal.SIG_DFL)
        os.setsid()
        # Also ends this process if the fork server is killed: its replacement must not find it alive.
        CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        self._selector.close()
        for end in (self._orders, self._life, self._woken, self._wakes, *self._clients):
            end.close()


def _send(client: socket.socket, what: Mapping[str, int]) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        client.sendall(f"{json.dumps(what)}\n".encode())


def _receive_order(client: socket.socket) -> tuple[bytes, list[int]]:
    """Return an order, and the file descriptors sent with it for input, output and errors."""
    words, ends, _, _ = socket.recv_fds(client, 1 << 20, 3)
    while words and not words.endswith(b"\n"):
        more = client.recv(1 << 20)
        words = words + more if more else b""
    return words, list(ends)


def _open_log(log: Path) -> list[int]:
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    return [os.open(os.devnull, os.O_RDONLY), output, os.dup(output)]


def _set_environment(ends: Sequence[int], env: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)
    for number, end in enumerate(ends):
        os.dup2(end, number)
        os.close(end)


def _run_command(python: str, *words: str) -> None:
    """Run `-m module` or `-c code` as Python does. A leading `-u` (unbuffered) is skipped, because the process's output
    is unbuffered anyway.
    """
    option, what, *more = words[words[0] == "-u" :]
    sys.argv = [option, *more]
    if (python, option) == (sys.executable, "-m"):
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    elif (python, option) == (sys.executable, "-c"):
        FunctionType(compile(what, "<string>", "exec"), {"__name__": "__main__"})()
    else:
        raise ValueError(f"no command of this Python's: {python} {option}")


def load(modules: Iterable[str]) -> None:
    """Import the modules and the application layer, which every process of the product loads. Garbage collection is off
    meanwhile, since imports leave little garbage.
    """
    gc.disable()
    import_lean()
    for name in modules:
        import_module(name)
    load_application()
    gc.enable()


def serve(orders: int, life: int) -> None:
    """Serve with the modules loaded so far, on the sockets with these file descriptors."""
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=orders) as listening, socket.socket(fileno=life) as living:
        ForkServer(listening, living).serve()


if __name__ == "__main__":
    load(sys.argv[3:])
    serve(int(sys.argv[1]), int(sys.argv[2]))
