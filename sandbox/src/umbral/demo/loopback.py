"""Free TCP ports on the loopback address."""

from __future__ import annotations

import atexit
import socket
from collections.abc import Container
from random import SystemRandom
from typing import Final

HOST = "127.0.0.1"
_OURS: Final = range(10_000, 32_000)
"""Below what systems give to outgoing connections by themselves (Linux: from 32768, others: from 49152)."""
_TRIES: Final = 100


def is_free(port: int) -> bool:
    """Whether something could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: connections of a killed predecessor may linger on the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(wanted: int = 0, without: Container[int] = ()) -> int:
    """`wanted`, when it is free, else any free port; kept for this process until it ends. without: not one of these.

    What listens on it starts a moment later: a connection going out meanwhile must not be given the same one, and
    another demo that starts beside must not choose it.
    """
    if wanted and wanted not in without and _keeps(wanted, again=True):
        return wanted
    drawn = SystemRandom()
    found = next((port for port in (drawn.choice(_OURS) for _ in range(_TRIES)) if _keeps(port)), None)
    if found is not None:
        return found
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


_kept: Final[dict[int, socket.socket]] = {}
"""The datagram ports of the same numbers, which nobody listens on: bound, they tell others that a port is spoken for,
and however this process ends they are free again."""


def _keeps(port: int, *, again: bool = False) -> bool:
    """Whether the port is free, and nobody's who follows the same custom. again: our own may be given once more."""
    if not is_free(port):
        return False
    if port in _kept:
        return again
    mark = socket.socket(type=socket.SOCK_DGRAM)
    try:
        mark.bind((HOST, port))
    except OSError:
        mark.close()
        return False
    _kept[port] = mark
    atexit.register(mark.close)
    return True
