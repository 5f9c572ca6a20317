"""All pages and dialogues of the panel by their names."""

from collections.abc import Mapping
from typing import Final

from bot.panel.forms import Form
from bot.panel.pages import (
    arrivals,
    casts,
    casts_ask,
    casts_to,
    channel,
    doing,
    giving,
    home,
    leak,
    methods,
    news,
    numbers,
    people,
    promotions,
    refunding,
    selling,
    selling_ask,
    team,
    tokens,
    watch,
)
from bot.panel.visit import Page

_AREAS: Final = (
    home,
    team,
    watch,
    channel,
    methods,
    arrivals,
    news,
    numbers,
    people,
    doing,
    giving,
    refunding,
    selling,
    selling_ask,
    tokens,
    promotions,
    leak,
    casts,
    casts_to,
    casts_ask,
)
_TALKING: Final = (
    casts,
    casts_ask,
    team,
    channel,
    people,
    doing,
    giving,
    refunding,
    selling_ask,
    tokens,
    promotions,
    leak,
)

PAGES: Final[Mapping[str, Page]] = {name: page for area in _AREAS for name, page in area.PAGES.items()}
FORMS: Final[Mapping[str, Form]] = {form.kind: form for area in _TALKING for form in area.FORMS}
