"""Rendering of message texts and buttons from views, without external calls."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from aiogram.types import InlineKeyboardMarkup

from subscriptions.application.views.cities import name_once
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.spoken import LANGUAGES


@dataclass(frozen=True)
class Attached:
    """File attached to a message. make: function that returns the file's bytes; may be slow."""

    name: str
    make: Callable[[], bytes]


@dataclass(frozen=True)
class Screen:
    """HTML text of a message with the buttons below it. attached: file sent with the text as its caption.

    If the text contains several times of day, only the first one is followed by its time zone.
    """

    text: str
    markup: InlineKeyboardMarkup | None = None
    attached: Attached | None = None

    def __post_init__(self) -> None:
        """Remove the time zone from all times except the first."""
        object.__setattr__(self, "text", name_once(self.text, _zone_names(TEXTS.version)))


@lru_cache(maxsize=1)
def _zone_names(version: int) -> re.Pattern[str]:
    """Return a pattern of the time zone after a time, in every language: ` (hora de Madrid)`. version: version of the
    texts, used as the cache key.
    """
    words = [TEXTS.texts_of(language).get("units.at", "").partition("{time}")[2] for language in LANGUAGES]
    placeholder = re.escape("{place}")
    return re.compile(
        "|".join(re.escape(each).replace(placeholder, "[^()<]+") for each in dict.fromkeys(words) if each)
    )
