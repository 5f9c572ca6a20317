"""All that the bot says, by language. The words stand in `locales/{language}/*.toml`; a key is `file.name`."""

import html
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from babel import Locale
from babel.units import format_unit

LANGUAGES: Final = ("es", "en")
DEFAULT: Final = "es"


class Texts:
    """The texts of one language."""

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self.entries = entries
        self._plural = Locale.parse(language).plural_form

    def __call__(self, key: str, /, **params: object) -> str:
        """HTML for a message; parameters are shown as typed. Raises KeyError for an unknown key or a missing one."""
        return self.entries[key].format(**{name: html.escape(str(value)) for name, value in params.items()})

    def plain(self, key: str, /, **params: object) -> str:
        """Text without markup, as on a button."""
        return self.entries[key].format(**params)

    def count(self, key: str, n: int) -> str:
        """The form of `key` for `n`; a language without its own form for it uses `other`."""
        form = f"{key}.{self._plural(n)}"
        return self.entries[form if form in self.entries else f"{key}.other"].format(n=n)

    def unit(self, kind: Literal["hour", "day", "month", "year"], n: int) -> str:
        """So many of a unit of time: `1 mes`, `30 días`."""
        return format_unit(n, f"duration-{kind}", locale=self.language, format="0")

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.entries


@cache
def load_texts() -> Mapping[str, Texts]:
    """Every language, read once."""
    return {language: Texts(language, dict(_entries(language))) for language in LANGUAGES}


def texts_for(language: str) -> Texts:
    """The texts for a customer's language, the default one for a language we do not speak."""
    return load_texts().get(language) or load_texts()[DEFAULT]


def _entries(language: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for file in sorted(files("bot").joinpath("locales", language).iterdir(), key=lambda item: item.name):
        if file.name.endswith(".toml"):
            found |= _flat(tomllib.loads(file.read_text(encoding="utf-8")), file.name.removesuffix(".toml"))
    return found


def _flat(table: Mapping[str, object], prefix: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, Mapping):
            found |= _flat(value, key)
        else:
            found[key] = str(value).strip("\n")
    return found
