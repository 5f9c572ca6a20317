"""What messages look like: text and buttons made from views, without asking anybody anything."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from aiogram.types import InlineKeyboardMarkup

from subscriptions.application.views.places import name_once
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.spoken import LANGUAGES


@dataclass(frozen=True)
class Attached:
    """A file that a message brings. make: its bytes, which may take a while."""

    name: str
    make: Callable[[], bytes]


@dataclass(frozen=True)
class Screen:
    """HTML text and the buttons under it. attached: a file sent with them, whose caption is the text.

    The zone of its times is named once.
    """

    text: str
    markup: InlineKeyboardMarkup | None = None
    attached: Attached | None = None

    def __post_init__(self) -> None:
        """Name the zone with the first time alone."""
        object.__setattr__(self, "text", name_once(self.text, _zone_names(TEXTS.version)))


@lru_cache(maxsize=1)
def _zone_names(version: int) -> re.Pattern[str]:
    """What follows a time in each language: ` (hora de Madrid)`. version: of the texts."""
    words = [TEXTS.texts_of(language).get("units.at", "").partition("{time}")[2] for language in LANGUAGES]
    place = re.escape("{place}")
    return re.compile("|".join(re.escape(each).replace(place, "[^()<]+") for each in dict.fromkeys(words) if each))
