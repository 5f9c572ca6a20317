"""What languages are called, and which there are."""

from collections.abc import Mapping
from typing import Final

from babel import Locale
from babel.localedata import locale_identifiers

from subscriptions.domain.entities.spoken import LANGUAGES, is_code

_OF_EACH: Final = (".ask.words", ".choice.words", ".field.words")
"""What the keys of texts end with that ask for words in a language: there is one of them for each."""
_WRITTEN_AS: Final = {"es": "es_ES", "en": "en_GB", "pt": "pt_PT"}
"""Which country's writing a language of ours goes by; `pt` alone is Brazil's in CLDR."""


def is_language(code: str) -> bool:
    """Whether dates and amounts can be written in it, and it is written as one: `it`, `pt-br`."""
    return is_code(code) and code.replace("-", "_") in {each.lower() for each in locale_identifiers()}


def locale_of(language: str) -> Locale:
    """Whose dates, numbers, plurals and names of languages a language goes by."""
    return Locale.parse(_WRITTEN_AS.get(language, language).replace("-", "_"))


def language_name(language: str) -> str:
    """What a language calls itself: `Português (Brasil)`."""
    return _capital(named_in(language, language))


def in_each(texts: Mapping[str, str], reader: str) -> Mapping[str, str]:
    """The same, with those that there is one of for each language under its code: `plan_new.ask.it`.

    reader: the language of the texts, in which the others are named: `En inglés`.
    """
    each = {
        f"{key.removesuffix('words')}{code}": _capital(text.replace("{language}", named_in(reader, code)))
        for key, text in texts.items()
        if key.endswith(_OF_EACH)
        for code in LANGUAGES
    }
    return {key: text for key, text in texts.items() if not key.endswith(_OF_EACH)} | each


def named_in(reader: str, code: str) -> str:
    """What a language is called in the reader's: `inglés`."""
    name: str | None = Locale.parse(code.replace("-", "_")).get_display_name(locale_of(reader))
    return name or code


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
