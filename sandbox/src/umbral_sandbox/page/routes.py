"""Routes of the page and its files; all data of the page comes from the control interface."""

from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse

_HERE: Final = Path(__file__).parent
# Listed here rather than guessed: the machine's MIME table may lack or change them, and a browser refuses a module
# script whose type is not JavaScript.
_MIME: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS: Final = {
    # Revalidated on every load, so that a new version of the sandbox is never mixed with an old script.
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Hosted checkouts are shown in a frame; everything else is the sandbox's own.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob: http: https:; frame-src 'self' http: https:; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


@cache
def page_router() -> APIRouter:
    """Return routes for `/` and `/static/...`; only files that exist at the first call are served."""
    router = APIRouter()
    assets = {
        path.relative_to(_HERE / "static").as_posix(): path
        for path in (_HERE / "static").rglob("*")
        if path.suffix in _MIME
    }

    async def index(_: Request) -> FileResponse:
        return FileResponse(_HERE / "index.html", media_type="text/html; charset=utf-8", headers=_HEADERS)

    async def asset(request: Request) -> FileResponse:
        path = assets.get(request.path_params["name"])
        if path is None:
            raise HTTPException(404, "no such file")
        return FileResponse(path, media_type=_MIME[path.suffix], headers=_HEADERS)

    router.add_route("/", index, ["GET"])
    router.add_route("/static/{name:path}", asset, ["GET"])
    return router
