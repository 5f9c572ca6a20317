"""Routes of robots.txt, the sitemap, and the brand's style sheet and icons."""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from subscriptions.application.catalog.site import Identity
from web.brand import brand_css, brand_mark
from web.drawn import KEEP, ReadSvg, picture_route
from web.pages import PAGES

ICONS: Final = {"apple-touch-icon.png": 180, "icon-192.png": 192, "icon-512.png": 512}
"""Width and height in pixels of the icons for clients without SVG support, keyed by file name."""
_METHODS: Final = ["GET", "HEAD"]
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)


def brand_router(identity: Identity) -> APIRouter:
    """Return the routes of the brand's style sheet and icons, which the public pages and the console use."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/brand.css", methods=_METHODS)
    async def colours() -> Response:
        return Response(brand_css(identity.accent), media_type="text/css", headers=dict(KEEP))

    @router.api_route("/brand.svg", methods=_METHODS)
    async def doorway() -> Response:
        return Response(brand_mark(identity.accent), media_type="image/svg+xml; charset=utf-8", headers=dict(KEEP))

    @router.api_route("/favicon.ico", methods=_METHODS)
    async def icon() -> Response:
        return Response(brand_mark(identity.accent), media_type="image/svg+xml; charset=utf-8", headers=dict(KEEP))

    for name, size in ICONS.items():
        router.add_route(f"/{name}", picture_route(_icon(identity, size)), methods=_METHODS)

    return router


def discovery_router(identity: Identity) -> APIRouter:
    """Return the routes of robots.txt and the sitemap, which depend only on the settings."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/robots.txt", methods=_METHODS)
    async def robots() -> PlainTextResponse:
        rules = "Disallow: /webhooks/\nDisallow: /api/\n"
        return PlainTextResponse(f"User-agent: *\n{rules}\nSitemap: {identity.base_url}/sitemap.xml\n")

    @router.api_route("/sitemap.xml", methods=_METHODS)
    async def sitemap() -> Response:
        return Response(sitemap_xml(identity.base_url), media_type="application/xml; charset=utf-8", headers=dict(KEEP))

    return router


def _icon(identity: Identity, size: int) -> ReadSvg:
    async def now() -> str:
        return brand_mark(identity.accent, size)

    return now


def sitemap_xml(base_url: str) -> str:
    """Return a sitemap of every listed page in every language, each with links to its translations."""
    entries = []
    for page in PAGES:
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href={quoteattr(base_url + path)}/>'
            for code, path in page.paths.items()
        )
        entries += [f"<url><loc>{escape(base_url + path)}</loc>{others}</url>\n" for path in page.paths.values()]
    return f"{_HEAD}{''.join(entries)}</urlset>\n"
