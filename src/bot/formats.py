"""Formatting of timestamps, periods and quotations for messages."""

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
from subscriptions.application.views.cities import city_of
from subscriptions.application.views.refusals import refusal_words
from subscriptions.domain.entities.outgoing import EventKind
from subscriptions.domain.entities.service_plan import FOR_LIFE_YEAR
from subscriptions.domain.money import Money

FOLD_LINES: Final = 6
"""Maximum number of lines of a quotation that is shown in full."""

_HOUR: Final = re.compile(r"\d{4}, \d{2}:\d{2}(?!\d)")
"""Pattern of a date with its time, as rendered in each language."""
_LONGEST: Final = 4000
"""Maximum length, in characters, of a message to which another line can be added."""
_CODE: Final = re.compile(r"`([^`\n]+)`")


def with_code(markup: str) -> str:
    """Return a text in which everything between backticks, such as a command or a value, is formatted as code. The
    reader can copy code with one tap.
    """
    return _CODE.sub(r"<code>\1</code>", markup)


def quote(*lines: str, folds: bool = False) -> str:
    """Return the non-empty lines as a quotation. folds: True to show a long quotation folded."""
    full = [line for line in lines if line]
    tag = "blockquote expandable" if folds and len("\n".join(full).splitlines()) > FOLD_LINES else "blockquote"
    return f"<{tag}>{chr(10).join(full)}</blockquote>"


def moment(t: Texts, at: datetime) -> str:
    """Return a date and time for a customer, with the zone: `12 mar 2026, 21:00 (hora de Madrid)`; for lifelong access,
    the text for "never".
    """
    return brief(t, at) if at.year >= FOR_LIFE_YEAR else _with_city(t, brief(t, at))


def brief(t: Texts, at: datetime) -> str:
    """Return a date and time for staff, who know the zone: `12 mar 2026, 21:00`; for lifelong access, the text for
    "never".
    """
    return _format_date(t, at, "d MMM y, HH:mm")


def day(t: Texts, at: datetime) -> str:
    """Return the date alone: `12 mar 2026`; for lifelong access, the text for "never"."""
    return _format_date(t, at, "d MMM y")


def long_day(t: Texts, at: datetime, *, with_year: bool) -> str:
    """Return the date in words: `12 de marzo`. with_year: True to add the year."""
    return _format_date(t, at, t.plain("units.long_day_year" if with_year else "units.long_day"))


def calendar_day(t: Texts, day: date) -> str:
    """Return a calendar date, which has no time zone: `12 mar 2026`."""
    return format_date(day, "d MMM y", locale=t.locale)


def _format_date(t: Texts, at: datetime, form: str) -> str:
    return (
        t.plain("units.never")
        if at.year >= FOR_LIFE_YEAR
        else format_datetime(at, form, tzinfo=t.zone, locale=t.locale)
    )


def brief_of(t: Texts, text: str) -> str:
    """Return an ISO timestamp as a date and time for staff, or a dash if the text is empty."""
    return brief(t, datetime.fromisoformat(text)) if text else "–"


def day_of(t: Texts, text: str) -> str:
    """Return an ISO timestamp as a date, or a dash if the text is empty."""
    return day(t, datetime.fromisoformat(text)) if text else "–"


def format_fact(t: Texts, fact: Fact) -> object:
    """Format a fact's value, such as a date, an amount or a choice, for the chat with staff."""
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
    """Translate the reason why an external call failed into a text for staff."""
    return refusal_words(reason, lambda key: t.entries.get(f"alarms.{key}"))


def clock_time(t: Texts, at: datetime) -> str:
    """Return the time of day with its zone: `21:00:05 (hora de Madrid)`."""
    return _with_city(t, format_datetime(at, "HH:mm:ss", tzinfo=t.zone, locale=t.locale))


def _with_city(t: Texts, time: str) -> str:
    return t.plain("units.at", time=time, place=city_name(t, t.zone))


def zone_line(t: Texts, text: str) -> str:
    """Return a text for staff, followed by a line with the city of its time zone.

    The text is unchanged if it contains no time, already names the city, or is too long.
    """
    city = city_name(t, t.zone)
    is_named = city in text or _HOUR.search(text) is None or len(text) > _LONGEST
    return text if is_named else f"{text.rstrip()}\n\n{t('units.zone', place=city)}"


def city_name(t: Texts, zone: ZoneInfo) -> str:
    """Return the city of a time zone: `Madrid`, `Ciudad de México`."""
    return city_of(zone, t.language)


def duration(t: Texts, start: datetime, length: timedelta, *, by_month: bool = False) -> str:
    """Return a length of time in days, or in hours below one day: `30 días`, `5 horas`.

    by_month: True to use months or years, as in `1 mes`, if the time from `start` is a whole number of months.
    """
    months = _whole_months(start, start + length) if by_month else 0
    if months:
        years, rest = divmod(months, 12)
        return t.unit("month", months) if rest else t.unit("year", years)
    if length >= timedelta(days=1):
        return t.unit("day", length.days)
    return t.unit("hour", int(length.total_seconds() // 3600))


def _whole_months(start: datetime, end: datetime) -> int:
    """Return the number of whole months between two timestamps, or 0 if a remainder is left.

    If the start's day does not exist in the end's month, that month's last day counts instead.
    """
    # Providers count in UTC. In local time, a month across a clock change would be an hour short.
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    months = (end.year - start.year) * 12 + end.month - start.month
    month_length = monthrange(end.year, end.month)[1]
    whole = end.day == min(start.day, month_length) and (end.hour, end.minute) == (start.hour, start.minute)
    return months if whole and months > 0 else 0
