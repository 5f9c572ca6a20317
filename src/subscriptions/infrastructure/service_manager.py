"""Notification of the service manager that started this process, by systemd's protocol sd_notify(3)."""

import os
import socket
from contextlib import suppress
from typing import Final

READY: Final = "READY=1"
"""Message: the process is working. Dependent services start only after this message."""
ALIVE: Final = "WATCHDOG=1"
"""Message: the event loop is running. The service manager restarts a service that sends no message for longer than
`WatchdogSec`.
"""


def tell(words: str) -> None:
    """Send a message to the socket named by NOTIFY_SOCKET: a path, or an abstract address with `@`.

    Does nothing without NOTIFY_SOCKET. Errors are ignored, because the service manager reacts to missing messages.
    """
    notify_socket = os.environ.get("NOTIFY_SOCKET")
    if not notify_socket:
        return
    address = f"\0{notify_socket[1:]}" if notify_socket.startswith("@") else notify_socket
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.setblocking(False)
        line.sendto(words.encode(), address)
