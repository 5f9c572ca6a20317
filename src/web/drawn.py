"""Pictures over HTTP, rendered once for all visitors until their content changes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import Request, Response

from subscriptions.bootstrap.drawing import render_png

KEEP: Final[Mapping[str, str]] = {"Cache-Control": "public, max-age=300"}

ReadSvg = Callable[[], Awaitable[str]]


class DrawnPictures:
    """Cache of the last requested pictures. most: maximum cached pictures."""

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._pictures: dict[str, bytes] = {}

    async def answer(self, svg: str) -> Response:
        """Return a picture as PNG."""
        picture = self._pictures.pop(svg, None)
        if picture is None:
            picture = await asyncio.to_thread(render_png, svg)
        self._pictures[svg] = picture
        while len(self._pictures) > self._most:
            del self._pictures[next(iter(self._pictures))]
        return Response(picture, media_type="image/png", headers=dict(KEEP))


def picture_route(svg: ReadSvg) -> Callable[[Request], Awaitable[Response]]:
    """Return a route's handler that answers with the picture as PNG. svg: returns the current picture."""
    pictures = DrawnPictures()

    async def show(_: Request) -> Response:
        return await pictures.answer(await svg())

    return show
