"""Pictures over HTTP, drawn once for all visitors until what is on them changes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import Request, Response

from subscriptions.bootstrap.drawing import render_png

KEEP: Final[Mapping[str, str]] = {"Cache-Control": "public, max-age=300"}

ReadSvg = Callable[[], Awaitable[str]]


def picture_route(svg: ReadSvg) -> Callable[[Request], Awaitable[Response]]:
    """A route's answer: the picture, as PNG. svg: what is to be seen now."""
    last: dict[str, bytes] = {}

    async def show(_: Request) -> Response:
        wanted_svg = await svg()
        if wanted_svg not in last:
            picture = await asyncio.to_thread(render_png, wanted_svg)
            last.clear()
            last[wanted_svg] = picture
        return Response(last[wanted_svg], media_type="image/png", headers=dict(KEEP))

    return show
