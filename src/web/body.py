"""Reading request bodies without trusting their length."""

from fastapi import Request


class BodyTooLarge(Exception):
    """More bytes than the route accepts."""


async def read_body(request: Request, limit: int) -> bytes:
    """The raw bytes, at most `limit`. Raises BodyTooLarge as soon as it is known, without reading the rest."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise BodyTooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge
    return bytes(body)
