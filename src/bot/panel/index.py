"""Index of all pages and dialogues of the panel by name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from bot.feature import chat_parts
from bot.panel.forms import Form
from bot.panel.pages import home, lists
from bot.panel.pages.catalog import methods, offer, offer_ask
from bot.panel.pages.payments import arrivals, taxes
from bot.panel.pages.people import people, watch
from bot.panel.pages.staff import commands, features, settings
from bot.panel.pages.texts import texts
from bot.panel.pages.vip import channel
from bot.panel.visit import Page
from subscriptions.application.feature_failures import contained
from subscriptions.application.features import InvalidFeature
from subscriptions.bootstrap.features import cached_parts

T = TypeVar("T")

_AREAS: Final = (
    home,
    watch,
    channel,
    methods,
    arrivals,
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


class Index(Mapping[str, T]):
    """Pages or dialogues, keyed by name. They are collected on first access, because the states of the features are
    loaded after this module.
    """

    def __init__(self, collect: Callable[[], Mapping[str, T]]) -> None:
        self._collected = cached_parts(collect)

    def __getitem__(self, name: str) -> T:
        return self._collected()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._collected())

    def __len__(self) -> int:
        return len(self._collected())


def _add(feature: str, found: dict[str, T], name: str, thing: T) -> None:
    """Add a feature's page or dialogue under a name. If the name is already used, omit and report the new one."""
    with contained(feature, f"panel: {name}", lasts=True):
        if name in found:
            raise InvalidFeature(f"another declaration has the name {name}")
        found[name] = thing


def _pages() -> Mapping[str, Page]:
    found = {
        **{name: page for area in _AREAS for name, page in area.PAGES.items()},
        **lists.pages(),
        **commands.pages(),
    }
    for feature, part in chat_parts().items():
        for name, page in part.panel.pages.items():
            _add(feature, found, name, page)
            if found.get(name) is page:
                # Refused while the feature is off, even if the permission is one of the core.
                found[name] = replace(page, feature=feature)
    return found


def _forms() -> Mapping[str, Form]:
    found = {form.kind: form for area in _DIALOGUE_PAGES for form in area.FORMS}
    found |= {form.kind: form for form in commands.forms_by_name().values()}
    for feature, part in chat_parts().items():
        for form in part.panel.forms:
            _add(feature, found, form.kind, form)
    return found


PAGES: Final[Mapping[str, Page]] = Index(_pages)
FORMS: Final[Mapping[str, Form]] = Index(_forms)


def collect() -> None:
    """Collect all pages and dialogues at the start, because importing the features' modules later would block every
    update.
    """
    len(PAGES)
    len(FORMS)
