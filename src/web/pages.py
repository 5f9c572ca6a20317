"""The public pages and their paths by language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from web.texts import LANGUAGES


@dataclass(frozen=True)
class Page:
    """Public page.

    name: name of the page's template and of its table of texts. rest: path below the language's prefix. own: path in
    the default language, if different. is_listed: True if search engines may list the page.
    """

    name: str
    rest: str
    own: str | None = None
    is_listed: bool = True

    @property
    def paths(self) -> Mapping[str, str]:
        """Paths of the page, keyed by language."""
        own, *others = LANGUAGES
        return {own: f"/{self.own or self.rest}", **{code: f"/{code}/{self.rest}".rstrip("/") for code in others}}


INDEX: Final = Page("index", "")
FAQ: Final = Page("faq", "faq")
TERMS: Final = Page("terms", "terms")
WITHDRAWAL: Final = Page("withdrawal", "withdrawal")
PAGES: Final = (INDEX, FAQ, TERMS, Page("privacy", "privacy"), WITHDRAWAL)
THANKS: Final = Page("thanks", "thanks", "gracias", is_listed=False)
"""Page to which a checkout returns the customer."""
ERROR: Final = Page("error", "", is_listed=False)


def preview_path(language: str) -> str:
    """Return the path of the site's picture for link previews."""
    return f"/preview-{language}.png"


def language_of(path: str) -> str:
    """Return the language of a page's path."""
    prefix = path.split("/")[1] if "/" in path else ""
    return prefix if prefix in LANGUAGES[1:] else LANGUAGES[0]
