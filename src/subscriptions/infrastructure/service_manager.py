"""Notification of the service manager that started this process: systemd's protocol, sd_notify(3)."""

import os
import socket
from contextlib import suppress
from typing import Final

READY: Final = "READY=1"
"""Message that the process is working. Dependent services start only after this message."""
ALIVE: Final = "WATCHDOG=1"
"""Message that the event loop is running. The service manager restarts a service that sends no message for longer than
`WatchdogSec`.
"""


def tell(words: str) -> None:
    """Send a message to the address in NOTIFY_SOCKET: a path, or with `@` an abstract address.

    Does nothing without NOTIFY_SOCKET, and ignores errors, because the manager reacts to silence.
    """
    notify_socket = os.environ.get("NOTIFY_SOCKET")
    if not notify_socket:
        return
    address = f"\0{notify_socket[1:]}" if notify_socket.startswith("@") else notify_socket
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.setblocking(False)
        line.sendto(words.encode(), address)
