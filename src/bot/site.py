"""Where the operator's public pages are, in the reader's language."""

from bot.texts import DEFAULT, Texts


def page(t: Texts, base_url: str, name: str) -> str:
    """The address of a page such as `terms`."""
    return f"{base_url}/{name}" if t.language == DEFAULT else f"{base_url}/{t.language}/{name}"
