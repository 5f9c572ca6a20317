"""Which pages there are, and where each language has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from web.texts import LANGUAGES


@dataclass(frozen=True)
class Page:
    """One page. name: its template and its table of texts. rest: its path below a language's. own: its path in the
    first language, where that is another. is_listed: for search engines."""

    name: str
    rest: str
    own: str | None = None
    is_listed: bool = True

    @property
    def paths(self) -> Mapping[str, str]:
        """By language."""
        own, *others = LANGUAGES
        return {own: f"/{self.own or self.rest}", **{code: f"/{code}/{self.rest}".rstrip("/") for code in others}}


INDEX: Final = Page("index", "")
FAQ: Final = Page("faq", "faq")
TERMS: Final = Page("terms", "terms")
WITHDRAWAL: Final = Page("withdrawal", "withdrawal")
PAGES: Final = (INDEX, FAQ, TERMS, Page("privacy", "privacy"), WITHDRAWAL)
THANKS: Final = Page("thanks", "thanks", "gracias", is_listed=False)
"""Where a checkout returns to."""
ERROR: Final = Page("error", "", is_listed=False)


def record_page(plan: str) -> Page:
    """The page of a plan's record."""
    return Page("record", f"historial/{plan}")


def record_picture_path(page: Page, language: str) -> str:
    """Where a record's picture is, for links to it and for other sites."""
    return f"{page.paths[language]}.png"


def preview_path(language: str) -> str:
    """Where the picture is that a link to the site shows elsewhere."""
    return f"/preview-{language}.png"


def language_of(path: str) -> str:
    """The language in which a path speaks."""
    prefix = path.split("/")[1] if "/" in path else ""
    return prefix if prefix in LANGUAGES[1:] else LANGUAGES[0]
