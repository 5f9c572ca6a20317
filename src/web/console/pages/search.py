"""Search over customers, pages and settings."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from subscriptions.application.settings.change_setting import ChangeSetting
from subscriptions.bootstrap.settings_in_force import EDITABLE, meaning
from subscriptions.bootstrap.settings_shown import shown_settings
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.pages.about import customer_page
from web.console.pages.settings import label_of
from web.console.visit import ROOT, Elsewhere, Page, Visit

SETTINGS_SHOWN: Final = 20


def search_page(pages: Sequence[Page]) -> Page:
    """Return the page that searches the customers, the settings, and the given pages."""

    async def search(visit: Visit) -> Mapping[str, Any]:
        """Show the results of the search. Raises Elsewhere if the only result is one customer, or if no customer
        matches and the words are exactly the title of a page or a section.
        """
        words = visit.query("q")
        rows = await visit.use.lists().search(visit.who, words)
        found, settings = _pages(visit, pages, words), await _settings(visit, words)
        if len(rows) == 1 and not found and not settings:
            raise Elsewhere(customer_page(rows[0]["id"]))
        titled = _titled(visit, pages, words) if not rows else None
        if titled is not None:
            raise Elsewhere(titled)
        return {"words": words, "rows": rows, "pages": found, "settings": settings}

    return Page("search", "/search", "search.html", StaffAction.SEE_CUSTOMERS, search)


def _titled(visit: Visit, pages: Sequence[Page], words: str) -> str | None:
    """Return the link of the only page with this title, or otherwise of the first page of the section with this title;
    None if there is neither.
    """
    t, wanted, listed = visit.words, _folded(words).split(), _listed(visit, pages)
    links = [ROOT + page.path for page in listed if _folded(t(f"page.{page.name}")).split() == wanted]
    if not links:
        in_section = [page for page in listed if _folded(t(f"section.{page.section}")).split() == wanted]
        links = [ROOT + page.path for page in in_section[:1]]
    return links[0] if len(links) == 1 else None


def _listed(visit: Visit, pages: Sequence[Page]) -> Sequence[Page]:
    return [page for page in pages if page.section is not None and visit.may_open(page)]


def _pages(visit: Visit, pages: Sequence[Page], words: str) -> Sequence[tuple[str, str, str]]:
    """Return the section, title and link of each page whose title matches the words."""
    t = visit.words
    return [
        (t(f"section.{page.section}"), t(f"page.{page.name}"), ROOT + page.path)
        for page in _listed(visit, pages)
        if _matches(words, t(f"page.{page.name}"))
    ]


async def _settings(visit: Visit, words: str) -> Sequence[tuple[str, str, str]]:
    """Return the purpose, name and link of the first settings that match the words; none if the staff member may not
    change settings.
    """
    if not visit.may(ChangeSetting.permission):
        return ()
    shown = await shown_settings(visit.use.core)
    known = [(meaning(name, visit.words.language), name) for name in EDITABLE if name in shown]
    return [
        (about, name, f"{ROOT}/do/{ChangeSetting.name}/{name}")
        for about, name in known
        if _matches(words, f"{label_of(visit.words, name)} {about} {name} {name.replace('_', ' ')}")
    ][:SETTINGS_SHOWN]


def _matches(words: str, text: str) -> bool:
    """Return True if each of the words is the beginning of a word of the text. Accents and case are ignored."""
    parts, known = _folded(words).split(), _folded(text).split()
    return bool(parts) and all(any(each.startswith(part) for each in known) for part in parts)


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(
        each if each.isalnum() or each == "_" else " " for each in letters if not unicodedata.combining(each)
    )
