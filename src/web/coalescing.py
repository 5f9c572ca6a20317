"""Transport that sends a response's head and body with one system call."""

import asyncio
from typing import Any


class CoalescingTransport(asyncio.Transport):
    """Transport that combines the first write, a response's head, with the next write, its body.

    Each separate send costs a system call and wakes the recipient.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send the data, combined with a further write in the same iteration of the event loop."""
        self._parts.append(bytes(data))
        if len(self._parts) > 1:
            self._send()
        else:
            self._loop.call_soon(self._send)

    def close(self) -> None:
        """Send all pending data, then close the connection."""
        self._send()
        self._transport.close()

    def abort(self) -> None:
        """Close the connection immediately."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Return True if the connection is closed or closing."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Pause reading from the connection."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Resume reading from the connection."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return information of the underlying transport."""
        return self._transport.get_extra_info(name, default)

    def _send(self) -> None:
        parts, self._parts = self._parts, []
        if parts:
            self._transport.write(b"".join(parts))
