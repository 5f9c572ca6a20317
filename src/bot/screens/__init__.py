"""Texts and buttons of messages, rendered from views without any external call."""

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
    """File attached to a message. make: returns the file's bytes, and may take a while."""

    name: str
    make: Callable[[], bytes]


@dataclass(frozen=True)
class Screen:
    """HTML text with the buttons below it. attached: file sent with the text as its caption.

    The text names the time zone with its first time only.
    """

    text: str
    markup: InlineKeyboardMarkup | None = None
    attached: Attached | None = None

    def __post_init__(self) -> None:
        """Remove the time zone from all times except the first."""
        object.__setattr__(self, "text", name_once(self.text, _zone_names(TEXTS.version)))


@lru_cache(maxsize=1)
def _zone_names(version: int) -> re.Pattern[str]:
    """Return a pattern of the zone after a time in each language: ` (hora de Madrid)`. version: of the texts."""
    words = [TEXTS.texts_of(language).get("units.at", "").partition("{time}")[2] for language in LANGUAGES]
    place = re.escape("{place}")
    return re.compile("|".join(re.escape(each).replace(place, "[^()<]+") for each in dict.fromkeys(words) if each))
