"""Routes of the public pages, which need no scripts and are the same for people and search engines."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from subscriptions.application.catalog.site import SiteView
from subscriptions.bootstrap.texts import TEXTS
from web.drawn import ReadSvg, picture_route
from web.pages import INDEX, PAGES, THANKS, Page, preview_path
from web.render import Renderer
from web.texts import LANGUAGES

_VARY: Final = "Accept-Language, Sec-Fetch-Mode, Sec-Fetch-Site"
"""Request headers that determine the language at the root path."""

ReadSite = Callable[[], Awaitable[SiteView]]


def pages_router(site: ReadSite, renderer: Renderer) -> APIRouter:
    """Return the routes of the landing page, the FAQ, the legal pages, and the page after a checkout.

    The pages contain no forms, because purchases start in the bot.
    """
    router = APIRouter(include_in_schema=False)
    pages_made: dict[tuple[str, str], tuple[SiteView, int, bytes]] = {}

    def add(page: Page, language: str, path: str) -> None:
        async def show(request: Request) -> Response:
            if page is INDEX and language == LANGUAGES[0] and (other := _entered_in(request)) != language:
                return RedirectResponse(page.paths[other], 302, {"Cache-Control": "no-cache", "Vary": _VARY})
            # Providers return every customer to the same URL, which responds in the visitor's language.
            page_language = language if page.is_listed or language != LANGUAGES[0] else preferred_language(request)
            view, key = await site(), (page.name, page_language)
            if key not in pages_made or pages_made[key][:2] != (view, TEXTS.version):
                pages_made[key] = view, TEXTS.version, bytes(renderer.page(request, page, page_language, view).body)
            answer = HTMLResponse(pages_made[key][2])
            answer.headers["Cache-Control"] = "no-cache"
            if not page.is_listed:
                answer.headers["Vary"] = "Accept-Language"
            elif path == "/":
                answer.headers["Vary"] = _VARY
            return answer

        # Bypass FastAPI's parsing of parameters, which would take as long as the rest of the request.
        router.add_route(path, show, methods=["GET"])
        if path != "/":
            router.add_route(f"{path}/", partial(_without_slash, path), methods=["GET"])

    for page in (*PAGES, THANKS):
        for language, path in page.paths.items():
            add(page, language, path)
    for language in LANGUAGES:
        router.add_route(
            preview_path(language), picture_route(_preview(site, renderer, language)), methods=["GET", "HEAD"]
        )
    return router


def _preview(site: ReadSite, renderer: Renderer, language: str) -> ReadSvg:
    async def now() -> str:
        return renderer.preview(language, await site())

    return now


async def _without_slash(path: str, _: Request) -> RedirectResponse:
    # Redirect to a path only: the framework's redirects would repeat the request's host and scheme without checking
    # them.
    return RedirectResponse(path, 308)


def _entered_in(request: Request) -> str:
    """Return the language for a visitor at the root path: the browser's language, unless the visitor followed a link of
    this site to the default language.

    Programs, which do not navigate (Fetch Metadata Request Headers, W3C), get the default language.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    if request.headers.get("sec-fetch-mode") != "navigate" or site == "same-origin":
        return LANGUAGES[0]
    return preferred_language(request)


def preferred_language(request: Request) -> str:
    """Return the browser's preferred language if it is supported, else the default language."""
    preference = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return LANGUAGES.resolve(preference.partition(";")[0]) or LANGUAGES.home
