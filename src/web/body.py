"""Reading of request bodies, limited in size and time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Request
from starlette.requests import ClientDisconnect

PATIENCE_S: Final = 30
"""Maximum time in seconds for receiving a body."""
BUDGET: Final = 16 * 1024 * 1024
"""Maximum total size, in bytes, of all bodies being received or processed."""


class BodyTooLarge(Exception):
    """Raised if a body exceeds the route's limit."""


class BodyIncomplete(Exception):
    """Raised if the sender stopped early, or was too slow while other requests needed the memory."""


class BodyReader:
    """Reader of request bodies for one server. If the memory budget is exhausted, the request that has been receiving
    its body for the longest time is dropped.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._held_bytes = 0
        self._deadlines: dict[asyncio.Timeout, None] = {}

    @asynccontextmanager
    async def read(self, request: Request, limit: int) -> AsyncIterator[bytes]:
        """Yield the body as raw bytes, at most `limit`. The bytes count towards the budget while the block runs.

        Raises BodyTooLarge without reading further as soon as the body is known to be too large, and BodyIncomplete if
        the sender stops early or is dropped for being too slow.
        """
        length_header = request.headers.get("content-length", "")
        if length_header.isascii() and length_header.isdigit() and int(length_header) > limit:
            raise BodyTooLarge
        body = bytearray()
        try:
            await self._fill(body, request, limit)
            yield bytes(body)
        finally:
            self._held_bytes -= len(body)

    async def _fill(self, body: bytearray, request: Request, limit: int) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S) as time:
                self._deadlines[time] = None
                try:
                    async for chunk in request.stream():
                        body += chunk
                        self._held_bytes += len(chunk)
                        if len(body) > limit:
                            raise BodyTooLarge
                        self._make_room()
                finally:
                    del self._deadlines[time]
        except (ClientDisconnect, TimeoutError):
            raise BodyIncomplete from None

    def _make_room(self) -> None:
        if self._held_bytes > self._budget:
            oldest = next(iter(self._deadlines))
            # The request is canceled at its next step, which releases its bytes.
            oldest.reschedule(asyncio.get_running_loop().time())
