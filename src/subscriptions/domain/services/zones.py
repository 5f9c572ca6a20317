"""Time zones of customers, for showing times and for quiet hours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
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


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the end of a day in a time zone, in UTC."""
    return datetime.combine(day, LAST_SECOND, zone).astimezone(UTC)


_PARSE_BY_FORM: Final[Callable[[str, str], datetime]] = datetime.strptime
"""Parser of a time that has no time zone yet, so that `end_at` sees the day and hour that were written."""


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """Return a time that a person or program wrote, in UTC. A time without an offset is in the zone, which is the
    shop's unless the caller documents another.
    """
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)


def end_at(moment: datetime, zone: tzinfo) -> datetime:
    """Return the end of a span that was written as a time, in UTC.

    Midnight in the zone is how programs write a day, so it means the end of that day, and so does a date without an
    hour, which is parsed as midnight. Any other time is the end itself.
    """
    # A time without an offset is taken as written: where the clocks skip midnight, UTC would make it 01:00.
    local = moment if moment.tzinfo in {None, zone} else moment.astimezone(zone)
    return end_of_day(local.date(), zone) if local.time() == time() else in_zone(moment, zone)


def read_end(text: str, zone: tzinfo, form: str = "") -> datetime:
    """Parse the end of a span as ISO 8601 and return it in UTC; see `end_at`. `form`: format for `strptime` instead.
    Raise ValueError, or OverflowError for a year that is out of range.
    """
    return end_at(_PARSE_BY_FORM(text, form) if form else datetime.fromisoformat(text), zone)


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
