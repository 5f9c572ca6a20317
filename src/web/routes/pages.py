"""The public pages: complete without scripts, the same for people and for search engines."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.templating import Jinja2Templates

from subscriptions.application.services.site import Site
from web.paths import TEMPLATES
from web.qr import qr_svg

PAGES = {"/": "index.html", "/faq": "faq.html", "/terms": "terms.html", "/privacy": "privacy.html"}
THANKS = "/gracias"


def pages_router(site: Site) -> APIRouter:
    """Landing, questions, terms, privacy, and where a checkout returns to. No form anywhere: buying starts in the bot."""
    router = APIRouter(include_in_schema=False)
    templates = Jinja2Templates(directory=TEMPLATES)

    async def page(request: Request, template: str) -> HTMLResponse:
        view = await site()
        context = {"site": view, "path": request.url.path, "qr": qr_svg(view.bot_url) if view.bot_url else None}
        return templates.TemplateResponse(request, template, context)

    def add(path: str, template: str) -> None:
        async def show(request: Request) -> HTMLResponse:
            return await page(request, template)

        router.add_api_route(path, show, methods=["GET", "HEAD"], response_class=HTMLResponse)

    for path, template in {**PAGES, THANKS: "thanks.html"}.items():
        add(path, template)

    @router.get("/robots.txt")
    async def robots() -> PlainTextResponse:
        return PlainTextResponse(f"User-agent: *\nDisallow: {THANKS}\nDisallow: /webhooks/\nDisallow: /api/\n")

    return router
