"""Conversion of an alarm's facts to names and values in a language, for the chat and the console."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal

from subscriptions.application.dto.languages import locale_of
from subscriptions.application.views.amounts import rewritten
from subscriptions.application.views.refusals import Find, Verbatim, known_refusal

HIDDEN_FACTS: Final = frozenset(
    {
        "alarm",
        "access",
        "inbox",
        "customer",
        "name",
        "plan_id",
        "share",
        "left",
        "days",
        "called",
        "alarms",
        "question",
        "invitation",
        "transfer",
    }
)
"""Facts that are not shown separately, because they only serve a button or are part of a sentence or of another fact.
"""
LEADING_FACTS: Final = (
    "telegram_id",
    "stranger",
    "other_account",
    "banned_by",
    "plan",
    "to",
    "channel",
    "order",
    "amount",
    "subscription",
    "provider",
)
"""Facts that are shown first, in this order. All other facts follow in their own order."""
NOTHING: Final = frozenset({"", "-", "–", "None"})
_OURS: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(?:\.\d+)?)?(?: UTC|\+00:00)?")
_DAYS: Final = re.compile(r"(\d+) d")
_WORDS: Final = {
    "job": "jobs",
    "message": "messages",
    "status": "states",
    "reason": "reasons",
    "change": "changes",
    "result": "results",
    "said": "results",
}
"""Names of the tables that translate a fact's values, keyed by fact."""
_FOREIGN_FACTS: Final = frozenset({"reason", "status"})
"""Facts whose untranslated values are quotations from a provider, Telegram or a library."""


def shown_facts(facts: Mapping[str, str], language: str, zone: ZoneInfo, find: Find) -> Sequence[tuple[str, str]]:
    """Return the names and values of an alarm's facts as shown to staff. Unknown facts and internal
    ids are left out.
    """
    names = sorted(facts, key=lambda name: LEADING_FACTS.index(name) if name in LEADING_FACTS else len(LEADING_FACTS))
    lines: list[tuple[str, str]] = []
    for name in names:
        value = _OURS.sub("", facts[name]).strip(" ,") if name not in HIDDEN_FACTS else ""
        if value in NOTHING:
            continue
        if name == "telegram_id" and facts.get("name"):
            value = f"{facts['name']} · {value}"
        if name == "provider" and facts.get("called"):
            lines.append((find(f"names.{name}") or name, facts["called"]))
            continue
        text = _text_of(name, value, language, zone, find)
        key = "words.detail" if name == "reason" and isinstance(text, Verbatim) else f"names.{name}"
        lines.append((find(key) or name, text))
    return lines


def in_sentence(facts: Mapping[str, str], language: str, zone: ZoneInfo) -> dict[str, str]:
    """Return the facts for insertion into an alarm's texts, with timestamps in the language's notation."""
    return {name: _moment(value, language, zone) or value for name, value in facts.items()}


def _moment(value: str, language: str, zone: ZoneInfo) -> str | None:
    moment = _MOMENT.fullmatch(value)
    if moment is None:
        return None
    at = datetime.fromisoformat(value.removesuffix(" UTC"))
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    pattern = "d MMM y, HH:mm:ss" if moment[1] else "d MMM y, HH:mm"
    return format_datetime(at, pattern, tzinfo=zone, locale=locale_of(language))


def _text_of(name: str, value: str, language: str, zone: ZoneInfo, find: Find) -> str:
    if name in _WORDS or name == "provider":
        return _in_words(name, value, find)
    if name == "missing":
        return ", ".join(find(f"rights.{each}") or rewritten(each, language) for each in value.split(", "))
    if name == "per_day":
        return str(format_decimal(value, locale=locale_of(language)))
    moment = _moment(value, language, zone)
    if moment is not None:
        return moment
    days = _DAYS.fullmatch(value)
    if days is not None:
        count = int(days[1])
        return (find("words.day" if count == 1 else "words.days") or "{n}").format(n=count)
    return rewritten(value, language)


def _in_words(name: str, value: str, find: Find) -> str:
    if name == "provider":
        return value.replace("_", " ").title()
    word = next((text for each in _keys(name, value) if (text := find(f"{_WORDS[name]}.{each}"))), None)
    if word is None and name == "reason":
        word = known_refusal(value, find)
    if word is not None:
        return word
    return Verbatim(value) if name in _FOREIGN_FACTS else value


def _keys(name: str, value: str) -> Sequence[str]:
    """Return the keys under which a translation table may contain a value.

    The name of a userbot account's job contains the account's number, and a gateway's description of an error begins
    with the provider's name; the keys omit these parts.
    """
    if name == "job":
        return (value.rstrip(".0123456789").replace(".", "_"),)
    return (value, value.partition(": ")[2]) if name == "reason" else (value,)
