"""Words of the operator's that each language may have in its own way."""

from collections.abc import Callable, Mapping
from typing import Final

LANGUAGES: Final = ("es", "en", "pt")
"""Those customers are spoken to in, the operator's first."""


class Spoken(str):
    """The operator's own word. others: by language, where it has another one; `text_for` asks for it."""

    others: Mapping[str, str]

    def __new__(cls, own: str, others: Mapping[str, str] | None = None) -> "Spoken":
        """See the class."""
        instance = super().__new__(cls, own)
        instance.others = others or {}
        return instance


def text_for(text: str, language: str) -> str:
    """What a reader of that language is shown; the operator's own word where it has no other."""
    return str(text.others.get(language) or text) if isinstance(text, Spoken) else text


def around(text: str, form: Callable[[str], str]) -> str:
    """Something made of a word, in each of its languages."""
    if not isinstance(text, Spoken):
        return form(text)
    return Spoken(form(str(text)), {language: form(word) for language, word in text.others.items()})
