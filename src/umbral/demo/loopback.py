"""Free TCP ports on the loopback address."""

from __future__ import annotations

import socket
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


def free_port(wanted: int = 0) -> int:
    """`wanted`, when it is free, else any free port.

    What listens on it starts a moment later; a connection going out meanwhile must not be given the same one.
    """
    if wanted and is_free(wanted):
        return wanted
    drawn = SystemRandom()
    found = next((port for port in (drawn.choice(_OURS) for _ in range(_TRIES)) if is_free(port)), None)
    if found is not None:
        return found
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
