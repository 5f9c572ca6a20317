"""Pictures served over HTTP. Each is rendered once and cached until its content changes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import Request, Response

from subscriptions.bootstrap.drawing import render_png

KEEP: Final[Mapping[str, str]] = {"Cache-Control": "public, max-age=300"}

ReadSvg = Callable[[], Awaitable[str]]


class DrawnPictures:
    """Cache of recently requested pictures. most: maximum number of cached pictures."""

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._pictures: dict[str, bytes] = {}

    async def answer(self, svg: str) -> Response:
        """Return an SVG picture as a PNG response."""
        picture = self._pictures.pop(svg, None)
        if picture is None:
            picture = await asyncio.to_thread(render_png, svg)
        self._pictures[svg] = picture
        while len(self._pictures) > self._most:
            del self._pictures[next(iter(self._pictures))]
        return Response(picture, media_type="image/png", headers=dict(KEEP))


def picture_route(svg: ReadSvg) -> Callable[[Request], Awaitable[Response]]:
    """Return a request handler that responds with a picture as PNG. svg: function that returns the current picture as
    SVG.
    """
    pictures = DrawnPictures()

    async def show(_: Request) -> Response:
        return await pictures.answer(await svg())

    return show
