"""Available languages and their names."""

from collections.abc import Mapping
from typing import Final

from babel import Locale
from babel.localedata import locale_identifiers

from subscriptions.domain.entities.spoken import LANGUAGES, is_code

_OF_EACH: Final = (".ask.words", ".choice.words", ".field.words")
"""Key suffixes of texts that ask for a translation. There is a copy of such a text for each language."""
_WRITTEN_AS: Final = {"es": "es_ES", "en": "en_GB", "pt": "pt_PT"}
"""Locale of each language. CLDR's plain `pt` is Brazilian Portuguese."""


def is_language(code: str) -> bool:
    """Return True if the code is a valid language code with a known locale: `it`, `pt-br`."""
    return is_code(code) and code.replace("-", "_") in {each.lower() for each in locale_identifiers()}


def locale_of(language: str) -> Locale:
    """Return the locale that formats a language's dates, numbers, plurals and language names."""
    return Locale.parse(_WRITTEN_AS.get(language, language).replace("-", "_"))


def language_name(language: str) -> str:
    """Return the name of a language in that language: `Português (Brasil)`."""
    return _capital(named_in(language, language))


def in_each(texts: Mapping[str, str], reader: str) -> Mapping[str, str]:
    """Return the texts. Each text that asks for a translation is copied for each language, as in `plan_new.ask.it`.

    `reader`: language of the texts, in which the other languages are named: `En inglés`
    """
    each = {
        f"{key.removesuffix('words')}{code}": _capital(text.replace("{language}", named_in(reader, code)))
        for key, text in texts.items()
        if key.endswith(_OF_EACH)
        for code in LANGUAGES
    }
    return {key: text for key, text in texts.items() if not key.endswith(_OF_EACH)} | each


def named_in(reader: str, code: str) -> str:
    """Return the name of a language in the reader's language: `inglés`."""
    name: str | None = Locale.parse(code.replace("-", "_")).get_display_name(locale_of(reader))
    return name or code


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
