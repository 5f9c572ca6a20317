"""Parser of times as people type them: `21:00`, `mañana 21:00`, `sáb 21:00`, `29/11 21:00` or ISO 8601."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.domain.services.zones import end_at, end_of_day

NOW, ZONE = "read_at", "read_in"
"""Names of the facts that determine how a time is parsed: the current time, and the name of the time zone."""
TIME: Final = re.compile(r"(?<!\d)(?P<hour>\d{1,2})(?::(?P<minute>\d{2})\s*h?|\s*h)(?!\d)", re.I)
_DAY: Final = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})(?:[/.-](?P<year>\d{4}))?")
_DAYS_FROM_TODAY: Final = {"": None, "hoy": 0, "today": 0, "hoje": 0} | dict.fromkeys(
    ("mañana", "manana", "tomorrow", "amanhã", "amanha"), 1
)
_WEEKDAYS: Final = (
    ("lun", "lunes", "mon", "monday", "seg", "segunda"),
    ("mar", "martes", "tue", "tuesday", "ter", "terça", "terca"),
    ("mié", "mie", "miércoles", "miercoles", "wed", "wednesday", "qua", "quarta"),
    ("jue", "jueves", "thu", "thursday", "qui", "quinta"),
    ("vie", "viernes", "fri", "friday", "sex", "sexta"),
    ("sáb", "sab", "sábado", "sabado", "sat", "saturday"),
    ("dom", "domingo", "sun", "sunday"),
)
_LAST_YEAR: Final = timedelta(days=180)
"""Age from which a past date without a year is taken as a date of the next year."""


def read_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Parse a time such as `21:00`, `mañana 21:00`, `sáb 21:00`, `29/11 21:00` or ISO 8601 in the given time zone.

    A time without a day means today. If a time occurs twice because clocks are set back, the first occurrence is used.
    Raises ValueError for any other text, and for a time that is skipped when clocks are set forward.
    """
    moment = _written_moment(text, now, zone)
    local = moment.astimezone(UTC).astimezone(moment.tzinfo)
    if local.replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise ValueError("no such hour: the clocks go forward over it")
    return moment


def read_last_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Parse a time at which something ends. A day without an hour, or its midnight, means the end of that day.

    Raises ValueError like `read_moment`.
    """
    try:
        moment = _written_moment(text, now, zone)
    except ValueError:
        return end_of_day(read_moment(f"{text} 23:59", now, zone).date(), zone)
    # Midnight means the end of the day, also where the clocks go forward over it.
    return end_at(moment if moment.time() == time() else read_moment(text, now, zone), zone)


def _written_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    text = " ".join(text.split())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is not None:
        if len(text) <= len("2026-11-29"):
            raise ValueError("a day without an hour")
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    match = TIME.search(text)
    if match is None:
        raise ValueError("no hour")
    day = (text[: match.start()] + text[match.end() :]).strip(" ,.").casefold()
    hour = time(int(match["hour"]), int(match["minute"] or 0))
    return datetime.combine(_day(day, hour, now.astimezone(zone)), hour, zone)


def _day(text: str, hour: time, now: datetime) -> date:
    """Return the date that a text such as `mañana`, `sáb` or `29/11` means. `hour`: time of day typed with the date;
    today's weekday means today only if that time is still to come. `now`: current time in the time zone of the text.
    Raises ValueError for any other text.
    """
    today = now.date()
    if text in _DAYS_FROM_TODAY:
        return today + timedelta(days=_DAYS_FROM_TODAY[text] or 0)
    weekday = next((number for number, names in enumerate(_WEEKDAYS) if text.rstrip(".") in names), None)
    if weekday is not None:
        days_ahead = (weekday - today.weekday()) % 7
        return today + timedelta(days=days_ahead or (7 if hour <= now.time() else 0))
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError("no day")
    day = date(int(match["year"] or today.year), int(match["month"]), int(match["day"]))
    if match["year"] is None and day < today - _LAST_YEAR:
        day = day.replace(year=day.year + 1)
    return day
