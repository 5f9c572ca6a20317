"""Time zones of customers, for showing times and for quiet hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.domain.entities.service_plan import LAST_SECOND
from subscriptions.domain.entities.spoken import nearest, phrase

HOME: Final = ZoneInfo("Europe/Madrid")
"""Default time zone of customers, unless the operator sets another."""
ZONE_CHOICES: Final = (
    "Europe/Madrid",
    "Atlantic/Canary",
    "Europe/Lisbon",
    "Europe/London",
    "America/New_York",
    "America/Mexico_City",
    "America/Bogota",
    "America/Lima",
    "America/Caracas",
    "America/Santiago",
    "America/Argentina/Buenos_Aires",
    "America/Sao_Paulo",
)
"""Time zones that customers can choose: those of countries in which the supported languages are spoken."""
USUAL: Final[Mapping[str, ZoneInfo]] = {"pt-br": ZoneInfo("America/Sao_Paulo")}
"""Time zones of languages that are spoken mostly in one distant country: the zone of its capital. The operator can set
others.
"""


@dataclass(frozen=True)
class Zones:
    """Time zones keyed by language, since Telegram does not report a user's time zone. `by_language`: time zones that
    differ from `home`.
    """

    home: ZoneInfo = HOME
    by_language: Mapping[str, ZoneInfo] = field(default_factory=lambda: USUAL)

    @classmethod
    def parse(cls, text: str) -> "Zones":
        """Parse `Europe/Madrid` or `Europe/Madrid, pt=America/Sao_Paulo`. Raise ValueError for an unknown zone."""
        home, zones = HOME, dict(USUAL)
        for part in filter(None, (part.strip() for part in text.split(","))):
            language, equals, name = part.rpartition("=")
            zone = _zone(name.strip())
            if equals:
                zones[language.strip().lower()] = zone
            else:
                home = zone
        return cls(home, zones)

    def zone_of(self, language: str, name: str | None = None) -> ZoneInfo:
        """Return the time zone for a language. `name`: zone chosen by the customer, which takes precedence."""
        return _zone(name) if name else nearest(self.by_language, language) or self.home


_OF_AN_HOUR: Final = ("%H", "%I", "%X", "%c", "%T", "%s")


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the end of a day in a time zone, in UTC."""
    return datetime.combine(day, LAST_SECOND, zone).astimezone(UTC)


def read_end(text: str, zone: tzinfo, form: str = "") -> datetime:
    """Parse the end of a span and return it in UTC.

    A date without an hour means the end of that day in the zone. An hour without an offset is in UTC. `form`: format
    for `strptime`; empty for ISO 8601. Raise ValueError, or OverflowError for a year that is out of range.
    """
    moment = _read_by_form(text, form) if form else datetime.fromisoformat(text)
    if not (any(each in form for each in _OF_AN_HOUR) if form else _has_hour(text)):
        return end_of_day(moment.date(), zone)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _read_by_form(text: str, form: str) -> datetime:
    if "%z" in form:
        return datetime.strptime(text, form).astimezone(UTC)
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _has_hour(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return True
    return False


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(
            phrase(
                f"{name[:40]!r} is no time zone; write it like Europe/Madrid",
                f"«{name[:40]}» no es un huso horario; escríbelo como Europe/Madrid",
            )
        ) from error
