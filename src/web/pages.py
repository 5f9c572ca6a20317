"""The public pages and their paths by language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from web.texts import LANGUAGES


@dataclass(frozen=True)
class Page:
    """One page.

    name: its template and its table of texts. rest: path below a language's prefix. own: path in the first language, if
    it differs. is_listed: whether search engines list it.
    """

    name: str
    rest: str
    own: str | None = None
    is_listed: bool = True

    @property
    def paths(self) -> Mapping[str, str]:
        """The paths by language."""
        own, *others = LANGUAGES
        return {own: f"/{self.own or self.rest}", **{code: f"/{code}/{self.rest}".rstrip("/") for code in others}}


INDEX: Final = Page("index", "")
FAQ: Final = Page("faq", "faq")
TERMS: Final = Page("terms", "terms")
WITHDRAWAL: Final = Page("withdrawal", "withdrawal")
PAGES: Final = (INDEX, FAQ, TERMS, Page("privacy", "privacy"), WITHDRAWAL)
THANKS: Final = Page("thanks", "thanks", "gracias", is_listed=False)
"""The page that a checkout returns to."""
ERROR: Final = Page("error", "", is_listed=False)


def record_page(plan: str) -> Page:
    """Return the page of a plan's record."""
    return Page("record", f"historial/{plan}")


def record_picture_path(page: Page, language: str) -> str:
    """Return the path of a record's picture, for previews of links and for other sites."""
    return f"{page.paths[language]}.png"


def preview_path(language: str) -> str:
    """Return the path of the picture for previews of links to the site."""
    return f"/preview-{language}.png"


def language_of(path: str) -> str:
    """Return the language of a path."""
    prefix = path.split("/")[1] if "/" in path else ""
    return prefix if prefix in LANGUAGES[1:] else LANGUAGES[0]
