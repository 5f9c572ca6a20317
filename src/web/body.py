"""Reading request bodies without trusting their length."""

import asyncio
from typing import Final

from fastapi import Request
from starlette.requests import ClientDisconnect

PATIENCE_S: Final = 30
"""How long a body may take to arrive."""


class BodyTooLarge(Exception):
    """More bytes than the route accepts."""


class BodyIncomplete(Exception):
    """The sender stopped before the end."""


async def read_body(request: Request, limit: int) -> bytes:
    """The raw bytes, at most `limit`. Raises BodyTooLarge as soon as it is known, without reading the rest, and
    BodyIncomplete.
    """
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > limit:
        raise BodyTooLarge
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise BodyTooLarge
    except (ClientDisconnect, TimeoutError):
        raise BodyIncomplete from None
    return bytes(body)
