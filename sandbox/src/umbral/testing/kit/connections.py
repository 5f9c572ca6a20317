"""Record of every connection that this process attempts, in whatever module."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from umbral.testing.kit.stage import Stage


class _Watch:
    """Audit hook of the process. The hook cannot be removed, so only one is installed, idle unless connections are
    watched.
    """

    def __init__(self) -> None:
        self.installed = False
        self.asked: list[Any] | None = None

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        asked = self.asked
        if asked is None:
            return
        if event == "socket.connect":
            asked.append(arguments[1])
        elif event == "socket.getaddrinfo":
            asked.append((arguments[0], arguments[1]))


_watch = _Watch()


@contextmanager
def watched_connections(stage: Stage) -> Iterator[list[Any]]:
    """Record the hosts to which this process tries to connect while the block runs, except the simulator and the kit's
    own servers. The yielded list is filled when the block ends.
    """
    if not _watch.installed:
        sys.addaudithook(_watch)
        _watch.installed = True
    known = {urlsplit(stage.sandbox.url).port, urlsplit(stage.receiver.url).port}
    found: list[Any] = []
    # Names are resolved in separate threads, so the requests of all threads count.
    asked: list[Any] = []
    _watch.asked = asked
    try:
        yield found
    finally:
        _watch.asked = None
        found += [each for each in asked if not _ours(each, known)]


def _ours(address: Any, known: set[int | None]) -> bool:
    return isinstance(address, tuple) and address[0] in {"127.0.0.1", b"127.0.0.1"} and address[1] in known
