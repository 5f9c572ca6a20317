"""Languages of the interface: their names, locales, and copies of texts that exist once per language."""

from collections.abc import Mapping
from typing import Final

from babel import Locale
from babel.localedata import locale_identifiers

from subscriptions.domain.entities.spoken import LANGUAGES, is_code

_OF_EACH: Final = (".ask.words", ".choice.words", ".field.words")
"""Key suffixes of texts about translations, such as a question for a translated name. Each text is
copied per language.
"""
_WRITTEN_AS: Final = {"es": "es_ES", "en": "en_GB", "pt": "pt_PT"}
"""Locale of each language. CLDR's plain `pt` is Brazilian Portuguese."""


def is_language(code: str) -> bool:
    """Return True if the code is a valid language code with a known locale, such as `it` or `pt-br`."""
    return is_code(code) and code.replace("-", "_") in {each.lower() for each in locale_identifiers()}


def locale_of(language: str) -> Locale:
    """Return the locale that formats a language's dates, numbers, plurals and language names."""
    return Locale.parse(_WRITTEN_AS.get(language, language).replace("-", "_"))


def language_name(language: str) -> str:
    """Return the name of a language in that language, such as `Português (Brasil)`."""
    return _capital(named_in(language, language))


def in_each(texts: Mapping[str, str], reader: str) -> Mapping[str, str]:
    """Return the texts with a copy per language of each text about translations, such as `plan_new.ask.it`.

    `reader`: language of the texts, in which the other languages are named, as in `En inglés`
    """
    each = {
        f"{key.removesuffix('words')}{code}": _capital(text.replace("{language}", named_in(reader, code)))
        for key, text in texts.items()
        if key.endswith(_OF_EACH)
        for code in LANGUAGES
    }
    return {key: text for key, text in texts.items() if not key.endswith(_OF_EACH)} | each


def named_in(reader: str, code: str) -> str:
    """Return the name of the language `code` in the reader's language, such as `inglés`."""
    name: str | None = Locale.parse(code.replace("-", "_")).get_display_name(locale_of(reader))
    return name or code


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
