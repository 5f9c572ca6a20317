"""Where the operator's public pages are, in the reader's language."""

from typing import Final

from bot.texts import DEFAULT, Texts

WRITTEN_IN: Final = frozenset({DEFAULT, "en"})
"""The languages of the site; who reads another one is led to its first."""


def page(t: Texts, base_url: str, name: str) -> str:
    """`name` is its path, e.g. `terms`."""
    own = t.language in WRITTEN_IN - {DEFAULT}
    return f"{base_url}/{t.language}/{name}" if own else f"{base_url}/{name}"
