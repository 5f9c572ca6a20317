"""Turns a page and what the site knows now into HTML."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from subscriptions.application.catalog.site import Identity, SiteView
from subscriptions.application.people.support_contact import contact_url
from web.pages import ERROR, INDEX, PAGES, THANKS, Page
from web.paths import TEMPLATES, asset
from web.pictures import step_pictures
from web.prices import lowest, price_line
from web.qr import qr_svg
from web.texts import LANGUAGES, raw_texts, texts_for


class Renderer:
    """Renders pages of one brand. Everything that is shown is escaped; only the QR code is markup of our own."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates = Jinja2Templates(env=environment)

    def page(self, request: Request, page: Page, language: str, view: SiteView) -> HTMLResponse:
        """A page with what is true now."""
        context = self._frame(page, language, view.bot_username) | _offer(view, language)
        return self._templates.TemplateResponse(request, f"{page.name}.html", context)

    def error(self, request: Request, language: str, status: int) -> HTMLResponse:
        """A page for what went wrong; it asks nobody, so it works when nothing else does."""
        context = self._frame(ERROR, language, None) | {"missing": status == 404}
        return self._templates.TemplateResponse(request, "error.html", context, status_code=status)

    def _frame(self, page: Page, language: str, bot_username: str | None) -> dict[str, Any]:
        identity = self._identity
        bot = f"@{bot_username}" if bot_username else identity.brand
        return {
            "t": texts_for(language, identity, bot),
            "page": page,
            "language": language,
            "identity": identity,
            "bot": bot,
            "bot_url": f"https://t.me/{bot_username}" if bot_username else None,
            "support_url": contact_url(identity.support_contact),
            "links": {known.name: known.paths[language] for known in (*PAGES, THANKS)},
            "home": INDEX.paths[language],
            "canonical": identity.base_url + page.paths[language],
            "versions": _versions(page),
            "own_language": LANGUAGES[0],
            "asset": asset,
        }


def _versions(page: Page) -> list[Mapping[str, str]]:
    return [{"code": code, "path": page.paths[code], **raw_texts(code)["meta"]} for code in LANGUAGES]


def _offer(view: SiteView, language: str) -> dict[str, Any]:
    words = raw_texts(language)["price"]
    cheapest = lowest(view.plans)
    return {
        "plans": [{"view": plan, "price": price_line(plan, words)} for plan in view.plans],
        "from_price": price_line(cheapest, words) if cheapest else None,
        "pictures": step_pictures(),
        "qr": qr_svg(f"https://t.me/{view.bot_username}") if view.bot_username else None,
    }
