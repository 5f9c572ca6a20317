"""What the service manager that started this process is told of it: systemd's notification protocol, sd_notify(3)."""

import os
import socket
from contextlib import suppress
from typing import Final

READY: Final = "READY=1"
"""It does its work; only then is whatever waits for it begun."""
ALIVE: Final = "WATCHDOG=1"
"""Its event loop turns; a service that is silent for longer than `WatchdogSec` is ended and begun again."""


def tell(words: str) -> None:
    """Say it to whom the environment's NOTIFY_SOCKET names: a path, or behind `@` an abstract address.

    Nobody is told where nobody asked, and nobody who does not listen: silence is what the manager acts upon.
    """
    notify_socket = os.environ.get("NOTIFY_SOCKET")
    if not notify_socket:
        return
    address = f"\0{notify_socket[1:]}" if notify_socket.startswith("@") else notify_socket
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.setblocking(False)
        line.sendto(words.encode(), address)
