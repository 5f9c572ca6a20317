"""Starts the product's commands as children of a process that has loaded them already.

Loading takes a process of the product one to three seconds of a processor, and the harness kills and restarts hundreds:
this one loads everything once, and forks. What is born is the command as an operator runs it, with settings, log and
ready file of its own; only the loading is behind it. All are killed when the harness is gone, however it went.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

COMMANDS = ("sandbox", "web", "worker", "bot", "userbot")
PREPARE = "prepare"
"""The demo's own preparation of a database, which is no command of its own."""


def main(line: int) -> None:
    """Serve orders from the socket with this number until it is closed."""
    for name in COMMANDS:
        import_module(f"umbral.cli.{name}")
    import_module("umbral.demo.prepare")
    orders = socket.socket(fileno=line)
    woken, wakes = socket.socketpair()
    for end in (woken, wakes):
        end.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    children: set[int] = set()
    try:
        _serve(orders, woken, children)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)


def _serve(orders: socket.socket, woken: socket.socket, children: set[int]) -> None:
    told = orders.makefile("r", encoding="utf-8")
    while True:
        ready, _, _ = select.select([orders, woken], [], [])
        if woken in ready:
            woken.recv(4096)
            _bury(orders, children)
        if orders in ready:
            words = told.readline()
            if not words:
                return
            children.add(pid := _born(json.loads(words), (orders, woken)))
            _say(orders, {"born": pid})


def _bury(orders: socket.socket, children: set[int]) -> None:
    for pid in list(children):
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone:
            children.discard(pid)
            _say(orders, {"dead": pid, "status": os.waitstatus_to_exitcode(status)})


def _say(orders: socket.socket, what: Mapping[str, int]) -> None:
    orders.sendall(f"{json.dumps(what)}\n".encode())


def _born(order: Mapping[str, Any], ours: tuple[socket.socket, ...]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for which in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(which, signal.SIG_DFL)
        os.setsid()
        for end in ours:
            end.close()
        _dress(Path(order["log"]), order["env"])
        status = _live(order["name"], order["words"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # whatever it was, this child must end here, and not go on as a second parent
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _dress(log: Path, env: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for number, end in enumerate((nothing, output, output)):
        os.dup2(end, number)


def _live(name: str, words: list[str]) -> int:
    if name == PREPARE:
        prepare: Any = import_module("umbral.demo.prepare")
        prepare.main(*map(Path, words))
        return 0
    umbral: Any = import_module("umbral.cli")
    sys.argv = ["umbral", *words]
    return int(umbral.main(words))


if __name__ == "__main__":
    main(int(sys.argv[1]))
