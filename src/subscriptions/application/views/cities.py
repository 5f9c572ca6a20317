"""City names of time zones, and functions that show them."""

import re
from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location

from subscriptions.application.dto.languages import locale_of

_CALLED: Final[Mapping[str, Mapping[str, str]]] = {"America/Sao_Paulo": {"es": "Brasilia", "": "Brasília"}}
"""Cities to show for time zones that are known by a city other than the one in their id, keyed by zone and language; an
empty language stands for all others.
"""


def city_of(zone: ZoneInfo, language: str) -> str:
    """Return the city of a time zone: `Madrid`, `Ciudad de México`, `Brasília`."""
    called = _CALLED.get(zone.key)
    if called is not None:
        return called.get(language, called[""])
    return get_timezone_location(zone, locale=locale_of(language), return_city=True).rsplit("/")[-1]


def name_once(text: str, suffix: re.Pattern[str]) -> str:
    """Return the text with only the first occurrence of each suffix that matches the pattern, such as ` (hora de
    Madrid)`.
    """
    seen = set[str]()

    def keep(match: re.Match[str]) -> str:
        is_new = match[0] not in seen
        seen.add(match[0])
        return match[0] if is_new else ""

    return suffix.sub(keep, text)
