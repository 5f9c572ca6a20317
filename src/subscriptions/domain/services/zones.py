"""By whose clock people are told the time, and left in peace at night."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.domain.entities.spoken import nearest, phrase

HOME: Final = ZoneInfo("Europe/Madrid")
"""Where customers are taken to be, unless the operator says otherwise."""
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
"""What customers can choose from: where the languages we write in are read."""


@dataclass(frozen=True)
class Zones:
    """Telegram tells nobody's zone, so it goes by the language. by_language: where it is another than `home`."""

    home: ZoneInfo = HOME
    by_language: Mapping[str, ZoneInfo] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Zones":
        """`Europe/Madrid`, or `Europe/Madrid, pt=America/Sao_Paulo`. Raises ValueError for what is no zone."""
        home, zones = HOME, dict[str, ZoneInfo]()
        for part in filter(None, (part.strip() for part in text.split(","))):
            language, equals, name = part.rpartition("=")
            zone = _zone(name.strip())
            if equals:
                zones[language.strip().lower()] = zone
            else:
                home = zone
        return cls(home, zones)

    def zone_of(self, language: str, name: str | None = None) -> ZoneInfo:
        """The zone of who is written to in that language. name: what they said themselves."""
        return _zone(name) if name else nearest(self.by_language, language) or self.home


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
