"""Index of all pages and dialogues of the panel by name."""

from collections.abc import Mapping
from typing import Final

from bot.feature import chat_parts
from bot.panel.forms import Form
from bot.panel.pages import home, lists
from bot.panel.pages.catalog import methods, offer, offer_ask
from bot.panel.pages.payments import arrivals, taxes
from bot.panel.pages.people import people, watch
from bot.panel.pages.staff import commands, features, settings
from bot.panel.pages.texts import texts
from bot.panel.pages.views import numbers
from bot.panel.pages.vip import channel
from bot.panel.visit import Page

_AREAS: Final = (
    home,
    watch,
    channel,
    methods,
    arrivals,
    numbers,
    taxes,
    people,
    settings,
    features,
    offer,
    offer_ask,
    texts,
)
_DIALOGUE_PAGES: Final = (
    channel,
    people,
    settings,
    offer,
    offer_ask,
)

PAGES: Final[Mapping[str, Page]] = {
    **{name: page for area in _AREAS for name, page in area.PAGES.items()},
    **lists.pages(),
    **commands.pages(),
    **{name: page for part in chat_parts().values() for name, page in part.panel.pages.items()},
}
FORMS: Final[Mapping[str, Form]] = {
    **{form.kind: form for area in _DIALOGUE_PAGES for form in area.FORMS},
    **{form.kind: form for form in commands.forms_by_name().values()},
    **{form.kind: form for part in chat_parts().values() for form in part.panel.forms},
}
