"""URLs of the operator's public pages in the reader's language."""

from typing import Final

from bot.texts import DEFAULT, Texts

WRITTEN_IN: Final = frozenset({DEFAULT, "en"})
"""Languages in which the public pages exist. Readers of any other language get the pages in the default language."""


def page(t: Texts, base_url: str, name: str) -> str:
    """Return the URL of a public page. `name`: the page's path, such as `terms`."""
    own = t.language in WRITTEN_IN - {DEFAULT}
    return f"{base_url}/{t.language}/{name}" if own else f"{base_url}/{name}"
