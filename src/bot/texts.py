"""All that the bot says, by language. The words stand in `locales/{language}`, those of the panel in the
folder of their room; a key is `file.name`. What a vertical says otherwise lies over them."""

import html
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from subscriptions.application.dto.languages import in_each, language_name, locale_of
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
    """The texts of one language. zone: by whose clock its readers are told the time."""

    def __init__(self, language: str, entries: Mapping[str, str], zone: ZoneInfo = HOME) -> None:
        self.language = language
        self.entries = entries
        self.zone = zone
        self.locale = locale_of(language)

    def __call__(self, key: str, /, **params: object) -> str:
        """HTML for a message; parameters are shown as typed, amounts of money as the language writes them.

        Raises KeyError for an unknown key or a missing one.
        """
        return self.entries[key].format(**{name: self._escape(value) for name, value in params.items()})

    def plain(self, key: str, /, **params: object) -> str:
        """Text without markup, as on a button."""
        return self.entries[key].format(**{name: self._text_of(value) for name, value in params.items()})

    def money(self, amount: Money) -> LocalAmount:
        """An amount as the language writes it: `29,99 €`."""
        return format_amount(amount, self.language)

    def translate(self, word: str) -> str:
        """A word of the operator's, in this language where they have it."""
        return text_for(word, self.language)

    def in_zone(self, zone: ZoneInfo) -> "Texts":
        """The same for readers elsewhere."""
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
        if isinstance(text, Verbatim):
            return text.__html__()
        if isinstance(text, LocalAmount):
            return LocalAmount(html.escape(text), html.escape(text.quote))
        return html.escape(str(text))

    def count(self, key: str, n: int) -> str:
        """The form of `key` for `n`; a language without its own form for it uses `other`."""
        form = f"{key}.{self.locale.plural_form(n)}"
        return self.entries[form if form in self.entries else f"{key}.other"].format(n=n)

    def unit(self, kind: Literal["hour", "day", "month", "year"], n: int) -> str:
        """So many of a unit of time: `1 mes`, `30 días`; a lifetime of days is no number of them."""
        if kind == "day" and n == LIFETIME:
            return self.plain("units.forever")
        return self.count(f"units.count.{kind}", n)

    def key_for(self, key: str, name: str) -> str:
        """The key of a text as the operator says it for one plan or resource, else of what is said for all."""
        own = scoped_key(key, name)
        return own if own in self.entries else key

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.entries


def load_texts() -> Mapping[str, Texts]:
    """Every language, as its texts are in force."""
    return _load(TEXTS.version)


@lru_cache(maxsize=1)
def _load(version: int) -> Mapping[str, Texts]:
    # What is said otherwise for one plan or resource is said in its own language alone: another has words for all.
    default = {key: text for key, text in entries_of(DEFAULT).items() if not is_scoped(key)}
    spoken_entries = {language: in_each({**default, **entries_of(language)}, language) for language in LANGUAGES}
    return {language: Texts(language, entries) for language, entries in spoken_entries.items()}


def texts_for(language: str, zones: Zones = NOWHERE_ELSE, zone: str | None = None) -> Texts:
    """The texts for a customer's language, the default one for a language we do not speak. zone: what they chose."""
    t = load_texts().get(language) or load_texts()[DEFAULT]
    return t.in_zone(zones.zone_of(language, zone))


def own_name(language: str) -> str:
    """What a language calls itself."""
    return TEXTS.texts_of(language).get("chat.language.name") or f"🌐 {language_name(language)}"


def entries_of(language: str) -> Mapping[str, str]:
    """What is written in a language. What only the operator's people read may be in the default one alone."""
    return {key: text for key, text in TEXTS.texts_of(language).items() if not key.startswith(PAGES)}
