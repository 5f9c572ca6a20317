"""Rendering of console pages, including navigation by role, texts, and security headers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.environment import TemplateModule
from jinja2.runtime import Context

from subscriptions.application.catalog.site import Identity
from subscriptions.application.menu import MenuSection
from subscriptions.domain.money import Money
from web.console.index import pages
from web.console.pages.texts import typed_pieces
from web.console.said import command_text, question_text
from web.console.speaking import ConsoleSpeaker
from web.console.uploads import FILE_RULES
from web.console.visit import ROOT, Beside, Page, Visit
from web.console.words import LANGUAGES, Words, alarm_words, read_json, with_code, words_for
from web.pages import language_of
from web.paths import TEMPLATES, asset, templates_of_features

POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "Cache-Control": "no-store",
    # With `no-referrer`, browsers would send `Origin: null` with the console's own forms, which are then refused.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}
"""HTTP headers of every console page. They permit the console's own script alone; the pages work without it."""


TABS: Final = ("shop", "law", "texts", "brand", "payments", "team", "features", "integrations", "system")
"""Tabs of the settings, in their order."""
FIRST: Final = ("_parts.html", "base.html", "today.html")
"""Templates of the page Today, usually the first page of a session. They are compiled in advance."""


class Frame:
    """Renderer of console pages. All content is escaped; only charts are inserted as markup, and charts escape their
    own texts.
    """

    def __init__(self, identity: Identity, *, by_telegram: bool) -> None:
        """Create the renderer. by_telegram: True if the login page offers Telegram's login."""
        self._identity = identity
        self._environment = Environment(
            loader=FileSystemLoader([TEMPLATES / "console", TEMPLATES / "setup", *templates_of_features()]),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_format,
        )
        self._environment.globals.update(
            asset=asset,
            root=ROOT,
            by_telegram=by_telegram,
            facts_of=read_json,
            alarm_words=alarm_words,
            command_text=command_text,
            asked=question_text,
            pieces=typed_pieces,
            file_rules=FILE_RULES,
        )
        self._environment.filters["with_code"] = with_code
        self._environment.globals.update(money=lambda minor, currency: Money(int(minor), currency))

    def prepare(self) -> None:
        """Compile the templates of the page Today and load all texts in advance, because this takes longer than
        rendering the page.
        """
        for name in FIRST:
            self._environment.get_template(name)
        for language in LANGUAGES:
            words_for(language)

    def page(self, visit: Visit, page: Page, facts: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """Return a page for a staff member."""
        context = {
            "visit": visit,
            "say": ConsoleSpeaker(visit),
            "page": page,
            "menu": _menu(visit),
            "here": _section_of(page),
            "tabs": _tabs(visit, page),
            "done": "",
            "words": "",
        }
        return self._answer(page.template, visit.words, {**context, **facts}, status)

    def beside(self, visit: Visit, beside: Beside) -> TemplateModule:
        """Render a feature's facts about the subject of a form."""
        facts = {"t": visit.words, "visit": visit, "say": ConsoleSpeaker(visit), "beside": beside}
        return self._environment.get_template(beside.template).make_module(facts)

    def plain(self, words: Words, name: str, status: int, **context: Any) -> HTMLResponse:
        """Return a page for a visitor without a session."""
        return self._answer("closed.html", words, {"name": name, "visit": None, **context}, status)

    def factor(self, words: Words, status: int, **context: Any) -> HTMLResponse:
        """Return the page for the second factor, for a visitor with or without a session."""
        return self._answer("factor.html", words, context, status)

    def _answer(self, template: str, words: Words, context: Mapping[str, Any], status: int) -> HTMLResponse:
        text = self._environment.get_template(template).render(t=words, identity=self._identity, **context)
        return HTMLResponse(text, status, dict(HEADERS))


def browser_language(request: Request) -> str:
    """Return the browser's preferred language, or the default language."""
    language = request.headers.get("accept-language", "").split(",")[0].strip().lower().split("-")[0]
    return language or language_of("/")


@pass_context
def _format(page: Context, value: object) -> object:
    """Format money on a page in the page's language."""
    words = page.resolve("t")
    return words.in_language(value) if isinstance(value, Money) and isinstance(words, Words) else value


def _menu(visit: Visit) -> list[tuple[MenuSection, list[Page]]]:
    """Return the menu sections with the pages that the staff member may see. The page named like its section comes
    first, because the section's link opens the first page.
    """
    visible = [page for page in pages() if visit.may_open(page)]
    menu = [(each, [page for page in visible if page.section == each]) for each in MenuSection]
    return [(section, sorted(listed, key=lambda page: page.name != section)) for section, listed in menu if listed]


def _tabs(visit: Visit, page: Page) -> Sequence[Sequence[Page]]:
    """Return the tabs of the page's section in order, each as the list of its pages."""
    section, tabs = _section_of(page), dict[str, list[Page]]()
    for each in next((listed for name, listed in _menu(visit) if name == section), ()):
        tabs.setdefault(each.tab or each.name, []).append(each)
    if section is not MenuSection.SETTINGS:
        return [*tabs.values()]
    return [tabs[name] for name in sorted(tabs, key=lambda name: TABS.index(name) if name in TABS else -1)]


def _section_of(page: Page) -> MenuSection | None:
    """Return the menu section of a page, or of its parent page if the menu does not list the page; None if neither is
    listed.
    """
    if page.section is not None:
        return page.section
    return next((each.section for each in pages() if each.name == page.parent), None)
