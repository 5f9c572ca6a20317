"""Reading request bodies without trusting their length."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Request
from starlette.requests import ClientDisconnect

PATIENCE_S: Final = 30
"""How long a body may take to arrive."""
BUDGET: Final = 16 * 1024 * 1024
"""Bytes of all bodies that are being read or worked on."""


class BodyTooLarge(Exception):
    """More bytes than the route accepts."""


class BodyIncomplete(Exception):
    """The sender stopped before the end, or made too little of the room that others need."""


class BodyReader:
    """The bodies of one server. Where they fill the budget, who has been sending longest makes room."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._held_bytes = 0
        self._deadlines: dict[asyncio.Timeout, None] = {}

    @asynccontextmanager
    async def read(self, request: Request, limit: int) -> AsyncIterator[bytes]:
        """The raw bytes, at most `limit`, held while the block runs.

        Raises BodyTooLarge as soon as it is known, without reading the rest, and BodyIncomplete.
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
            # It leaves with its next step, when its bytes are given back.
            oldest.reschedule(asyncio.get_running_loop().time())
