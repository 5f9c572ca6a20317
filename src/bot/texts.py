"""Texts of the bot in each language.

The texts are in `locales/{language}`; the texts of the panel are in the folder of the panel's package. A key has the
form `file.name`. The vertical (the line of business that the shop is configured for) can override texts.
"""

import html
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from subscriptions.application.dto.languages import in_each, language_name, locale_of
from subscriptions.application.posts.typed_post import Marked
from subscriptions.application.views.amounts import LocalAmount, format_amount
from subscriptions.application.views.refusals import Verbatim
from subscriptions.bootstrap.texts import PAGES, TEXTS
from subscriptions.domain.entities import spoken
from subscriptions.domain.entities.custom_text import is_scoped, scoped_key
from subscriptions.domain.entities.service_plan import LIFETIME
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.money import Money
from subscriptions.domain.services.zones import HOME, Zones

LANGUAGES: Final = spoken.LANGUAGES
DEFAULT: Final = LANGUAGES[0]
LOCALES: Final = Path(__file__).parent / "locales"
NOWHERE_ELSE: Final = Zones()


class Texts:
    """Texts of one language. zone: time zone for timestamps in the texts."""

    def __init__(self, language: str, entries: Mapping[str, str], zone: ZoneInfo = HOME) -> None:
        self.language = language
        self.entries = entries
        self.zone = zone
        self.locale = locale_of(language)

    def __call__(self, key: str, /, **params: object) -> str:
        """Return a text as HTML. Parameters are escaped, and amounts of money are formatted for the language.

        Raises KeyError for an unknown key or a missing parameter.
        """
        return self.entries[key].format(**{name: self._escape(value) for name, value in params.items()})

    def plain(self, key: str, /, **params: object) -> str:
        """Return a text as plain text, without HTML escaping, for example for a button's label."""
        return self.entries[key].format(**{name: self._text_of(value) for name, value in params.items()})

    def money(self, amount: Money) -> LocalAmount:
        """Return an amount in the language's format: `29,99 €`."""
        return format_amount(amount, self.language)

    def translate(self, word: str) -> str:
        """Return the translation of an operator's text in this language, or the text itself if it is not translated."""
        return text_for(word, self.language)

    def in_zone(self, zone: ZoneInfo) -> "Texts":
        """Return these texts with another time zone for the timestamps."""
        return self if zone == self.zone else Texts(self.language, self.entries, zone)

    def _text_of(self, value: object) -> object:
        return (
            self.money(value)
            if isinstance(value, Money)
            else self.translate(value)
            if isinstance(value, str)
            else value
        )

    def _escape(self, value: object) -> str:
        text = self._text_of(value)
        if isinstance(text, Verbatim | Marked):
            return text.__html__()
        if isinstance(text, LocalAmount):
            return LocalAmount(html.escape(text), html.escape(text.quote))
        return html.escape(str(text))

    def count(self, key: str, n: int) -> str:
        """Return the text for a number of items: the plural form for `n`, or the form `other` if the language lacks
        that form.
        """
        form = f"{key}.{self.locale.plural_form(n)}"
        return self.entries[form if form in self.entries else f"{key}.other"].format(n=n)

    def unit(self, kind: Literal["hour", "day", "month", "year"], n: int) -> str:
        """Format a length of time in the given unit: `1 mes`, `30 días`. A lifelong duration, expressed in days, has a
        special text.
        """
        if kind == "day" and n == LIFETIME:
            return self.plain("units.forever")
        return self.count(f"units.count.{kind}", n)

    def key_for(self, key: str, name: str) -> str:
        """Return the key of the text written for one plan or resource, or the general key if there is no such text.

        name: slug of the resource or plan.
        """
        own = scoped_key(key, name)
        return own if own in self.entries else key

    def has(self, key: str) -> bool:
        """Return True if a text with this key exists."""
        return key in self.entries


def load_texts() -> Mapping[str, Texts]:
    """Return the texts of every language, including the operator's overrides."""
    return _load(TEXTS.version)


@lru_cache(maxsize=1)
def _load(version: int) -> Mapping[str, Texts]:
    # Overrides for one plan or resource apply to their own language only; other languages use the general text.
    default = {key: text for key, text in entries_of(DEFAULT).items() if not is_scoped(key)}
    spoken_entries = {language: in_each({**default, **entries_of(language)}, language) for language in LANGUAGES}
    return {language: Texts(language, entries) for language, entries in spoken_entries.items()}


def texts_for(language: str, zones: Zones = NOWHERE_ELSE, zone: str | None = None) -> Texts:
    """Return the texts of a customer's language, or of the default language if it is not available. zone: the
    customer's chosen time zone.
    """
    t = load_texts().get(language) or load_texts()[DEFAULT]
    return t.in_zone(zones.zone_of(language, zone))


def own_name(language: str) -> str:
    """Return a language's name in that language."""
    return TEXTS.texts_of(language).get("chat.language.name") or f"🌐 {language_name(language)}"


def entries_of(language: str) -> Mapping[str, str]:
    """Return the texts written in a language, except those of the web pages. Texts for staff may exist in the default
    language only.
    """
    return {key: text for key, text in TEXTS.texts_of(language).items() if not key.startswith(PAGES)}
