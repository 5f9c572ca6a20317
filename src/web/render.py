"""Rendering of the public pages from the site's current data."""

import hashlib
from collections.abc import Mapping
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

from babel.lists import format_list
from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.catalog.site import Identity, SiteView
from subscriptions.application.dto.languages import locale_of
from subscriptions.application.people.support_contact import contact_url
from subscriptions.domain.entities.site_picture import PictureFacts
from subscriptions.domain.entities.spoken import nearest, text_for
from subscriptions.domain.services.zones import HOME
from web.brand import DARK, LIGHT
from web.pages import ERROR, FAQ, INDEX, PAGES, THANKS, Page, preview_path
from web.paths import TEMPLATES, asset, templates_of_features
from web.pictures import Picture, step_pictures
from web.preview import HEIGHT, WIDTH, preview_svg
from web.prices import lowest, offer_line, price_line, trial_line
from web.qr import qr_svg
from web.routes.banner import banner_url
from web.structured import Data, product, questions, seller
from web.texts import LANGUAGES, Texts, raw_texts, texts_for

SHOWN_QUESTIONS = 6
"""Maximum number of questions that the landing page answers."""
CHAT_PLANS = 3
"""Maximum number of plans in the landing page's illustration of a chat."""


def environment() -> Environment:
    """Return the template environment, which escapes all content."""
    return Environment(
        loader=FileSystemLoader([TEMPLATES, *templates_of_features()]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Renderer:
    """Renderer of the public pages in one brand. All content is escaped; the QR code is the only inserted markup."""

    def __init__(self, identity: Identity, zone: ZoneInfo = HOME) -> None:
        """Create the renderer. zone: the shop's time zone."""
        self.identity, self.zone = identity, zone
        self._environment = environment()
        self._templates = Jinja2Templates(env=self._environment)

    def page(self, request: Request, page: Page, language: str, view: SiteView) -> HTMLResponse:
        """Return a page with the current data."""
        context = self.frame(page, language, view.bot_username)
        context |= {"preview": self._preview_url(language, view), "preview_width": WIDTH, "preview_height": HEIGHT}
        context["banner"] = None
        if view.banner is not None and page is INDEX:
            context |= self._banner(view.banner)
        context |= self._offer(view, language, context["t"])
        context["data"] = self._data(page, context)
        return self._templates.TemplateResponse(request, f"{page.name}.html", context)

    def error(self, request: Request, language: str, status: int) -> HTMLResponse:
        """Return an error page. It needs no data from the database, so it also works during an outage."""
        context = self.frame(ERROR, language, None) | {"missing": status == 404, "data": []}
        return self._templates.TemplateResponse(request, "error.html", context, status_code=status)

    def preview(self, language: str, view: SiteView) -> str:
        """Return the site's picture for link previews as SVG."""
        t = texts_for(language, self.identity, self.identity.brand)
        return preview_svg(
            self._environment,
            brand=self.identity.brand,
            accent=self.identity.accent,
            heading=t["index"]["heading"],
            plans=[(text_for(plan.name, language), offer_line(plan, t["price"], language)) for plan in view.plans],
            foot=" · ".join(filter(None, (t["site"]["adults"], t["site"]["no_guarantee"]))),
        )

    def _banner(self, facts: PictureFacts) -> dict[str, Any]:
        """Return the data of the operator's picture, which is also shown in link previews."""
        picture = Picture(banner_url(facts), facts.width, facts.height)
        preview = self.identity.base_url + picture.url
        return {
            "banner": picture,
            "preview": preview,
            "preview_width": picture.width,
            "preview_height": picture.height,
        }

    def _preview_url(self, language: str, view: SiteView) -> str:
        return self.with_version(preview_path(language), self.preview(language, view))

    def with_version(self, path: str, svg: str) -> str:
        """Return the URL of a picture. The URL changes with the picture's content. svg: the picture."""
        # Link previews are cached for a long time, so a changed picture needs a new URL.
        return f"{self.identity.base_url}{path}?v={hashlib.sha256(svg.encode()).hexdigest()[:12]}"

    def answer(self, request: Request, template: str, context: Mapping[str, Any]) -> HTMLResponse:
        """Return a template, rendered with the context, as an HTML response."""
        return self._templates.TemplateResponse(request, template, {**context})

    def card(self, plan: PlanView, view: SiteView, language: str, t: Texts) -> dict[str, Any]:
        """Return the data of a plan for a page in a language. t: texts of the page."""
        return _card(plan.spoken_in(language), view, language, t, self.zone)

    def frame(self, page: Page, language: str, bot_username: str | None) -> dict[str, Any]:
        """Return the data that the layout of every public page needs."""
        identity = self.identity
        bot = f"@{bot_username}" if bot_username else identity.brand
        t = texts_for(language, identity, bot)
        adults = f"{t['site']['adults_long']}." if t["site"]["adults_long"] else ""
        return {
            "t": t,
            "care": " ".join(filter(None, (adults, t["site"]["no_guarantee"], t["site"]["play_safe"]))),
            "page": page,
            "language": language,
            "identity": identity,
            "bot": bot,
            "bot_url": f"https://t.me/{bot_username}" if bot_username else None,
            "support_url": contact_url(identity.support_contact),
            "links": {page.name: page.paths[language] for page in (*PAGES, THANKS)},
            "home": INDEX.paths[language],
            "canonical": identity.base_url + page.paths[language],
            "versions": _versions(page),
            "own_language": LANGUAGES[0],
            "themes": {"light": LIGHT[0], "dark": DARK[1]},
            "asset": asset,
        }

    def _offer(self, view: SiteView, language: str, t: Texts) -> dict[str, Any]:
        words = raw_texts(language)["price"]
        plans = [self.card(plan, view, language, t) for plan in view.plans]
        return {
            "plans": plans,
            "chat_plans": plans[:CHAT_PLANS],
            "from_prices": [price_line(plan, words, language) for plan in lowest(view.plans)],
            "methods": [nearest(label, language) or code for code, label in view.methods.items()],
            "shown_questions": SHOWN_QUESTIONS,
            "pictures": step_pictures(),
            "qr": qr_svg(f"https://t.me/{view.bot_username}") if view.bot_username else None,
        }

    def _data(self, page: Page, context: Mapping[str, Any]) -> list[Data]:
        entries = context["t"]["faq"]["questions"]
        if page is FAQ:
            return [questions(entries)]
        if page is not INDEX:
            return []
        products = [product(card["view"], self.identity, card["url"]) for card in context["plans"]]
        return [seller(self.identity), *products, questions(entries[:SHOWN_QUESTIONS])]


def _card(plan: PlanView, view: SiteView, language: str, t: Texts, zone: ZoneInfo) -> dict[str, Any]:
    """Return a plan's data for a page. Its `url` opens the plan's card in the chat. zone: the shop's time zone."""
    start = f"https://t.me/{view.bot_username}?start=plan_{plan.soft_id}" if view.bot_username else None
    return {
        "view": plan,
        "price": offer_line(plan, t["price"], language),
        "url": start,
        "terms": [
            *trial_line(plan, t["price"], language),
            *plan_terms(plan, view, language, t["index"]["plans"]),
        ],
        "notes": [
            (line, each.path(language))
            for each in view.notes.get(plan.soft_id, ())
            if (line := each.line(language, zone))
        ],
    }


def plan_terms(plan: PlanView, view: SiteView, language: str, words: Texts) -> list[str]:
    """Return the plan's terms: the kind of channel, the renewal, and the payment methods unless the renewal already
    names them.
    """
    labels = {code: nearest(view.methods[code], language) or code for code in plan.methods if code in view.methods}
    renewal, names_all = _renewal_line(plan, labels, language, words)
    lines = [words["shared" if plan.opens_shared else "own"], renewal]
    if labels and not names_all:
        lines.append(f"{words['payable']} {', '.join(labels.values())}")
    return lines


def _renewal_line(plan: PlanView, labels: Mapping[str, str], language: str, words: Texts) -> tuple[str, bool]:
    """Return the line about the plan's renewal, and whether the line names every payment method, which is the case if
    the renewal depends on the method.
    """
    key = _renewal(plan)
    renewing = [label for code, label in labels.items() if code in plan.renewing_methods]
    others = [label for code, label in labels.items() if code not in plan.renewing_methods]
    if key != "renews_by_some" or not renewing or not others:
        return str(words[key]), False
    renewing_names, other_names = (format_list(each, locale=locale_of(language)) for each in (renewing, others))
    return Template(words["renews_with"]).safe_substitute(renewing=renewing_names, others=other_names), True


def _renewal(plan: PlanView) -> str:
    if plan.free:
        return "costs_nothing"
    if not plan.recurring:
        return "once"
    if not plan.methods or plan.renewing_methods >= set(plan.methods):
        return "renews"
    return "renews_by_some" if plan.renewing_methods else "by_period"


def _versions(page: Page) -> list[Mapping[str, str]]:
    return [{"code": code, "path": page.paths[code], **raw_texts(code)["meta"]} for code in LANGUAGES]
