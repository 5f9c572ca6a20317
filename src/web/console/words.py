"""The console's texts, including those shared with the chat, and the formats of timestamps and money."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from html import unescape
from itertools import product
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from markupsafe import Markup

from subscriptions.application.dto.languages import in_each
from subscriptions.application.views.alarm_facts import in_sentence, shown_facts
from subscriptions.application.views.amounts import format_amount, format_number, percent, rewritten, with_minus
from subscriptions.application.views.cities import city_of
from subscriptions.application.views.refusals import refusal_words
from subscriptions.bootstrap.texts import alarm_texts, chat_table, feature_texts
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.money import Money
from subscriptions.domain.services.zones import HOME
from web.paths import LOCALES

LANGUAGES: Final = ("es", "en")
"""Languages of the console. Customers' texts exist in one more language."""
DIFFERENCES: Final = "differences"
"""Name of the alarm fact that contains the differences of a reconciliation, one per line."""
LIST_WORDS: Final = "lists"
"""Name of the file with the texts of lists, which the chat uses as well."""
SHARED_TABLES: Final = (
    *("people", "status", "panel", "reconcile", "forms", "units"),
    *("plans", "catalog/offer", "promotions", "staff/commands"),
)
"""Files of the chat's texts that the console shows too, so that the same fact has the same wording in chat and console.
"""
MISSING_KEYS: Final = set[tuple[str, str]]()
"""Requested texts that do not exist, as pairs of language and key; tests check that there are none."""
_TAG: Final = re.compile(r"<[^>]+>")
_NOTES: Final = ("event.", "why.", "chat.alarms.reasons.")
"""Key prefixes of notes on payment events. The rest of the key is the note itself, with {names} for its variable parts.
Notes that are the reason of an alarm are among the alarms' texts.
"""
_OF_NOTES: Final = {
    "flag": "flag",
    "kind": "time",
    "state": "state",
    "dispute": "dispute_state",
    "role": "chat.panel.role",
    "action": "chat.commands.choice",
}
"""Tables of the words that occur in notes, keyed by the name of the note's variable part."""


class Words:
    """Texts of one language. A missing text is shown as its key, so that it does not break a page. A language without
    texts for staff uses the console's default language, with the chat's texts where they exist.

    zone: time zone of timestamps.
    """

    def __init__(self, language: str, zone: ZoneInfo = HOME) -> None:
        self.language = language
        self._zone, self._locale = zone, language.replace("-", "_")
        known_language = language if language in LANGUAGES else LANGUAGES[0]
        own = tomllib.loads((LOCALES / "console" / f"{known_language}.toml").read_text(encoding="utf-8"))
        self.entries = dict(_flat(own, ""))
        for name, code in product((LIST_WORDS, *SHARED_TABLES), (known_language, language)):
            prefix = "" if name == LIST_WORDS else f"chat.{name.rpartition('/')[2]}."
            self.entries |= in_each(_flat(chat_table(code, name), prefix), code)
        for code in (known_language, language):
            for tables in feature_texts(code):
                self.entries |= in_each(_flat(tables, "chat."), code)
        for tables in feature_texts(known_language, "console"):
            self.entries |= _flat(tables, "")
        every, suffix = _flat(alarm_texts(), "chat.alarms."), f".{language}"
        self.entries |= {key.removesuffix(suffix): text for key, text in every.items() if key.endswith(suffix)}
        notes = [(begins, key) for begins in _NOTES for key in self.entries if key.startswith(begins)]
        self._notes = [(_pattern(key.removeprefix(begins)), key) for begins, key in notes]

    def in_zone(self, zone: ZoneInfo) -> Self:
        """Return the same texts with timestamps in another time zone."""
        words = copy(self)
        words._zone = zone
        return words

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return a plain text. No error is raised: a missing fact is shown as a dash.

        A text that counts `n` items or `days` may have a singular form under `{key}_1`.
        """
        return self._fill(self._text(key, facts), facts)

    def _text(self, key: str, facts: Mapping[str, object]) -> str:
        one = self.entries.get(f"{key}_1") if str(facts.get("n", facts.get("days"))) == "1" else None
        text = one if one is not None else self.entries.get(key)
        if text is None:
            MISSING_KEYS.add((self.language, key))
            text = key.rpartition(".")[2]
        return text

    def _fill(self, text: str, facts: Mapping[str, object]) -> str:
        return text.format_map(_Facts({name: self.in_language(value) for name, value in facts.items()}))

    def has(self, key: str) -> bool:
        """Return True if the text exists."""
        return key in self.entries

    def plain(self, key: str, /, **facts: object) -> str:
        """Return a text of the chat without markup. Facts are not escaped."""
        return self._fill(unescape(_TAG.sub("", self._text(key, facts))), facts)

    def one_of(self, table: str, name: object, default: str | None = None) -> str:
        """Return the text for a value, such as a state, from a table of texts. If there is none, return `default` or
        the value itself.
        """
        key = f"{table}.{str(name).replace('.', '_')}"
        return self(key) if self.has(key) else (str(name) if default is None else default)

    def event(self, note: str) -> str:
        """Return the translation of a note about a payment event's result, which the inbox stores in English. Any other
        text is returned unchanged.
        """
        for pattern, key in self._notes:
            if match := pattern.fullmatch(note):
                parts = match.groupdict().items()
                return self(key, **{name: self.one_of(_OF_NOTES.get(name, ""), text) for name, text in parts})
        return note

    def why(self, reason: str) -> str:
        """Return the reason of a staff command: the translation of a predefined reason, or the text typed by staff."""
        word = self.one_of("why", reason)
        return word if word != reason else self.event(reason)

    def refusal(self, reason: str) -> str:
        """Return the reason of a failed external call as a text."""
        return refusal_words(reason, lambda key: self.entries.get(f"chat.alarms.{key}"))

    def in_language(self, value: object) -> object:
        """Return money, numbers and timestamps in the language's format, including money stored as text. Other values
        are returned unchanged.
        """
        match value:
            case Money():
                return format_amount(value, self.language)
            case Decimal():
                return format_number(value, self.language)
            case datetime():
                return self.moment(value)
            case tuple():
                return ", ".join(map(self.money, value)) or "–"
            case str():
                return rewritten(text_for(value, self.language), self.language)
            case _:
                return value

    def money(self, amount: Money) -> str:
        """Return an amount of money as text in the language's format, such as `29,99 €`."""
        return format_amount(amount, self.language)

    def change(self, amount: Money) -> str:
        """Return a change of an amount with its sign, such as `+29,99 €` or `−5,00 €`; `±0,00 €` for no change."""
        sign = "±" if amount.minor == 0 else "+" if amount.minor > 0 else "−"
        return sign + self.money(Money(abs(amount.minor), amount.currency))

    def signed(self, count: int) -> str:
        """Return a change of a number: `+3`, `−2`, or `±0`."""
        return ("±" if count == 0 else "+" if count > 0 else "−") + self.number(abs(count))

    def facts(self, kind: str, facts: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        """Return the names and values of an alarm's facts, formatted as in the chat, without the facts contained in the
        alarm's sentences.
        """
        text = self.entries.get(f"chat.alarms.{kind}", "")
        more = {name: value for name, value in facts.items() if f"{{{name}}}" not in text and name != DIFFERENCES}
        return shown_facts(more, self.language, self._zone, lambda key: self.entries.get(f"chat.alarms.{key}"))

    def differences(self, facts: Mapping[str, str]) -> Sequence[str]:
        """Return the differences of a reconciliation, one per line: the kind, the customer, and the required action."""
        rows = [line.split("\t") for line in facts.get(DIFFERENCES, "").split("\n") if line.count("\t") == 2]
        lines = []
        for kind, whose, do in rows:
            end = f" → {self.one_of('chat.reconcile.do', do)}" if do else ""
            what = self.one_of("chat.reconcile.kind", kind)
            lines.append(self.plain("chat.reconcile.line", what=what, whose=whose, do=end))
        return lines

    def in_sentence(self, facts: Mapping[str, str]) -> Mapping[str, str]:
        """Return an alarm's facts in the format used within its sentences."""
        return in_sentence(facts, self.language, self._zone)

    def moment(self, at: datetime | None) -> str:
        """Return a date and time: `12 mar 2026, 21:00`; a dash for None."""
        return format_datetime(at, "d MMM y, HH:mm", tzinfo=self._zone, locale=self._locale) if at else "–"

    def day(self, at: datetime | None) -> str:
        """Return a date: `12 mar 2026`; a dash for None."""
        return format_datetime(at, "d MMM y", tzinfo=self._zone, locale=self._locale) if at else "–"

    def weekday(self, at: datetime) -> str:
        """Return the name of a weekday: `lunes`."""
        return format_datetime(at, "EEEE", tzinfo=self._zone, locale=self._locale)

    def whole_day(self, whole: date) -> str:
        """Return a date that is independent of time zones."""
        return format_date(whole, "d MMM y", locale=self._locale)

    def month(self, at: datetime, pattern: str) -> str:
        """Return a month in the format given by a pattern: `mar 2026`."""
        return format_datetime(at, pattern, tzinfo=self._zone, locale=self._locale)

    def city(self) -> str:
        """Return the city of the time zone."""
        return city_of(self._zone, self.language)

    def share(self, part: Fraction) -> str:
        """Return a percentage: `12,5 %`."""
        return percent(self.number(float(100 * part)), self.language)

    def took(self, time: timedelta) -> str:
        """Return a duration in its two largest units: `2 min 5 s`."""
        rest, parts = round(time.total_seconds()), list[str]()
        for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
            count, rest = divmod(rest, size)
            parts += [f"{count} {unit}"] if count else []
        return " ".join(parts[:2]) or "0 s"

    def clock(self, at: datetime) -> str:
        """Return a time of day: `21:00`."""
        return format_datetime(at, "HH:mm", tzinfo=self._zone, locale=self._locale)

    def decimal(self, number: Decimal) -> str:
        """Return a decimal number with all of its decimals: `1,50`."""
        return format_number(number, self.language)

    def number(self, count: float) -> str:
        """Return a number with thousands separators and at most one decimal."""
        return with_minus(format_decimal(count, "#,##0.#", locale=self._locale))


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "–"


def words_for(language: str, zone: ZoneInfo = HOME) -> Words:
    """Return the texts of a language, or of the default language if the console does not support the language."""
    return _words_in(language if language in LANGUAGES else LANGUAGES[0], zone)


@cache
def _words_in(language: str, zone: ZoneInfo) -> Words:
    return _loaded(language).in_zone(zone)


@cache
def _loaded(language: str) -> Words:
    return Words(language)


def with_code(text: str) -> Markup:
    """Return a text with everything between backticks, such as a command or a setting, marked up as code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


def alarm_words(words: Words, kind: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return the problem and the advice of an alarm in the same words as in the chat."""
    key = f"chat.alarms.{kind}"
    text = words.plain(key if words.has(key) else "chat.alarms.other", kind=kind, **words.in_sentence(facts))
    fact, stop, advice = text.partition(". ")
    return fact + stop.strip(), advice


def read_json(value: object) -> Mapping[str, Any]:
    """Return facts as a mapping, regardless of whether the database driver returns JSON text or a parsed value."""
    value_read = json.loads(value) if isinstance(value, str) else value
    return value_read if isinstance(value_read, Mapping) else {}


def _pattern(note: str) -> re.Pattern[str]:
    names = re.sub(r"\\{([a-z]+)\\}", r"(?P<\1>.+)", re.escape(note))
    return re.compile(names)


def _flat(table: Mapping[str, object], prefix: str) -> Mapping[str, str]:
    texts: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            texts |= _flat(value, f"{prefix}{name}.")
        else:
            texts[prefix + name] = str(value).strip("\n")
    return texts
