"""Route of the operator's picture at the top of the landing page."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from subscriptions.application.settings.keep_banner import ReadBanner
from subscriptions.domain.entities.site_picture import PictureFacts, SitePicture
from web.concurrency import ConcurrencyLimit

BANNER_PATH: Final = "/banner"
_VERSION: Final = 16
"""Number of the digest's characters in the URL."""


def banner_url(facts: PictureFacts) -> str:
    """Return the picture's path. It changes with the content, so that caches never show an earlier picture."""
    return f"{BANNER_PATH}?v={facts.digest[:_VERSION]}"


def banner_router(read_banner: ReadBanner, concurrency: ConcurrencyLimit) -> APIRouter:
    """Return the route of the landing page's picture. It responds with 404 if there is no picture."""
    router = APIRouter(include_in_schema=False)

    async def show(request: Request) -> Response:
        async with concurrency.slot():
            facts = await read_banner.facts()
            if facts is None:
                return Response(status_code=404)
            etag = f'"{facts.digest}"'
            if etag in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=_headers(facts))
            picture = await read_banner()
        return banner_answer(picture)

    router.add_route(BANNER_PATH, show, methods=["GET", "HEAD"])
    return router


def banner_answer(picture: SitePicture | None) -> Response:
    """Return the response with a picture, or a 404 response if there is no picture."""
    if picture is None:
        return Response(status_code=404)
    return Response(picture.content, media_type=picture.facts.media_type, headers=_headers(picture.facts))


def _headers(facts: PictureFacts) -> dict[str, str]:
    return {"Cache-Control": "public, max-age=86400", "ETag": f'"{facts.digest}"'}
