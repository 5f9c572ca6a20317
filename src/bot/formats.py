"""Moments and periods as people read them, and what stands apart in a text."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from bot.texts import Texts
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.views.amounts import format_number, rewritten
from subscriptions.application.views.places import place_of
from subscriptions.application.views.refusals import refusal_words
from subscriptions.domain.entities.outgoing import EventKind
from subscriptions.domain.entities.service_plan import FOR_LIFE_YEAR
from subscriptions.domain.money import Money

FOLD_LINES: Final = 6
"""Lines beyond which a quotation shows its first ones alone, and the rest when it is tapped."""

_HOUR: Final = re.compile(r"\d{4}, \d{2}:\d{2}(?!\d)")
"""A date with its hour, in each language."""
_LONGEST: Final = 4000
"""Characters of a message that has no room for another line."""
_CODE: Final = re.compile(r"`([^`\n]+)`")


def with_code(markup: str) -> str:
    """A text of ours with what stands between backticks, a command or a value, as code: one tap on it copies it."""
    return _CODE.sub(r"<code>\1</code>", markup)


def quote(*lines: str, folds: bool = False) -> str:
    """Lines in a quotation, without the empty ones. folds: it may be long, and nobody has to see all of it at once."""
    full = [line for line in lines if line]
    tag = "blockquote expandable" if folds and len("\n".join(full).splitlines()) > FOLD_LINES else "blockquote"
    return f"<{tag}>{chr(10).join(full)}</blockquote>"


def moment(t: Texts, at: datetime) -> str:
    """Date and time as a customer is told, who may be elsewhere: `12 mar 2026, 21:00 (hora de Madrid)`."""
    return brief(t, at) if at.year >= FOR_LIFE_YEAR else _with_place(t, brief(t, at))


def brief(t: Texts, at: datetime) -> str:
    """The same for the operator's people, who know by which clock they work: `12 mar 2026, 21:00`."""
    return _format_date(t, at, "d MMM y, HH:mm")


def day(t: Texts, at: datetime) -> str:
    """The date alone: `12 mar 2026`."""
    return _format_date(t, at, "d MMM y")


def long_day(t: Texts, at: datetime, *, with_year: bool) -> str:
    """The date as it is said: `12 de marzo`, and with its year where it is far away."""
    return _format_date(t, at, t.plain("units.long_day_year" if with_year else "units.long_day"))


def calendar_day(t: Texts, day: date) -> str:
    """A date that is nobody's clock's: `12 mar 2026`."""
    return format_date(day, "d MMM y", locale=t.locale)


def _format_date(t: Texts, at: datetime, form: str) -> str:
    return (
        t.plain("units.never")
        if at.year >= FOR_LIFE_YEAR
        else format_datetime(at, form, tzinfo=t.zone, locale=t.locale)
    )


def brief_of(t: Texts, text: str) -> str:
    """A moment that travelled as ISO text, for the operator's people; a dash where there is none."""
    return brief(t, datetime.fromisoformat(text)) if text else "–"


def day_of(t: Texts, text: str) -> str:
    """The same for a day."""
    return day(t, datetime.fromisoformat(text)) if text else "–"


def format_fact(t: Texts, fact: Fact) -> object:
    """A fact as the chat writes it to the operator's people."""
    match fact:
        case datetime():
            return brief(t, fact)
        case Money():
            return t.money(fact)
        case Decimal():
            return format_number(fact, t.language)
        case tuple():
            return ", ".join(map(t.money, fact)) or "–"
        case str():
            return _word(t, fact)
        case _:
            return fact


def _word(t: Texts, fact: str) -> str:
    if isinstance(fact, EventKind):
        return t.plain(f"commands.choice.{fact.replace('.', '_')}")
    return rewritten(t.translate(fact), t.language)


def refusal(t: Texts, reason: str) -> str:
    """What came of something that was sent outside, as the operator's people read it."""
    return refusal_words(reason, lambda key: t.entries.get(f"alarms.{key}"))


def clock_time(t: Texts, at: datetime) -> str:
    """`21:00:05 (hora de Madrid)`."""
    return _with_place(t, format_datetime(at, "HH:mm:ss", tzinfo=t.zone, locale=t.locale))


def _with_place(t: Texts, time: str) -> str:
    return t.plain("units.at", time=time, place=place(t, t.zone))


def zone_line(t: Texts, text: str) -> str:
    """Return a text for the operator's people with the city of its hours named below, where it has any."""
    city = place(t, t.zone)
    is_named = city in text or _HOUR.search(text) is None or len(text) > _LONGEST
    return text if is_named else f"{text.rstrip()}\n\n{t('units.zone', place=city)}"


def place(t: Texts, zone: ZoneInfo) -> str:
    """The city whose clock it is: `Madrid`, `Ciudad de México`."""
    return place_of(zone, t.language)


def duration(t: Texts, start: datetime, length: timedelta, *, by_month: bool = False) -> str:
    """How long: `30 días`, `5 horas`; by_month: in months where it is so many of them from `start` on, `1 mes`."""
    months = _whole_months(start, start + length) if by_month else 0
    if months:
        years, rest = divmod(months, 12)
        return t.unit("month", months) if rest else t.unit("year", years)
    if length >= timedelta(days=1):
        return t.unit("day", length.days)
    return t.unit("hour", int(length.total_seconds() // 3600))


def _whole_months(start: datetime, end: datetime) -> int:
    """Months between two moments of the same hour; 0 where they are not whole. The end of a shorter month counts."""
    # In UTC, as providers count: elsewhere a month over a change of the clock would be an hour short.
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    months = (end.year - start.year) * 12 + end.month - start.month
    month_length = monthrange(end.year, end.month)[1]
    whole = end.day == min(start.day, month_length) and (end.hour, end.minute) == (start.hour, start.minute)
    return months if whole and months > 0 else 0
