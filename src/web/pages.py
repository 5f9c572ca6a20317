"""Which pages there are, and where each language has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from web.texts import LANGUAGES


@dataclass(frozen=True)
class Page:
    """One page. name: its template and its table of texts. paths: language → path. listed: for search engines."""

    name: str
    paths: Mapping[str, str]
    listed: bool = True


def _paths(rest: str) -> Mapping[str, str]:
    own, *others = LANGUAGES
    return {own: f"/{rest}", **{code: f"/{code}/{rest}".rstrip("/") for code in others}}


INDEX: Final = Page("index", _paths(""))
FAQ: Final = Page("faq", _paths("faq"))
TERMS: Final = Page("terms", _paths("terms"))
WITHDRAWAL: Final = Page("withdrawal", _paths("withdrawal"))
PAGES: Final = (INDEX, FAQ, TERMS, Page("privacy", _paths("privacy")), WITHDRAWAL)
THANKS: Final = Page("thanks", {**_paths("thanks"), LANGUAGES[0]: "/gracias"}, listed=False)
"""Where a checkout returns to."""
ERROR: Final = Page("error", INDEX.paths, listed=False)


def record_page(plan: str) -> Page:
    """The page of a plan's record."""
    return Page("record", _paths(f"historial/{plan}"))


def preview_path(language: str) -> str:
    """Where the picture is that a link to the site shows elsewhere."""
    return f"/preview-{language}.png"


def language_of(path: str) -> str:
    """The language in which a path speaks."""
    first = path.split("/")[1] if "/" in path else ""
    return first if first in LANGUAGES[1:] else LANGUAGES[0]
