"""Search for free TCP ports on the loopback address, and their reservation."""

from __future__ import annotations

import atexit
import socket
from collections.abc import Container
from random import SystemRandom
from typing import Final

HOST = "127.0.0.1"
_OURS: Final = range(10_000, 32_000)
"""Ports to choose from, below the ports that systems assign to outgoing connections (Linux: from 32768, others: from
49152).
"""
_TRIES: Final = 100


def is_free(port: int) -> bool:
    """Return True if a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: connections of a killed process may linger on the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(wanted: int = 0, without: Container[int] = ()) -> int:
    """Return `wanted` if that port is free, else any free port, reserved until this process ends. without: ports to
    skip.

    The port is reserved because its server starts later: until then, no outgoing connection may get the same port, and
    another demo that starts must not choose it.
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
"""UDP sockets bound to the same port numbers, on which no server listens. They show other demos that the ports are
reserved, and are freed however this process ends.
"""


def _keeps(port: int, *, again: bool = False) -> bool:
    """Reserve the port; return False if the port is in use or reserved by another demo. again: True to also accept a
    port that this process has already reserved.
    """
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
