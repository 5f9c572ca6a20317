"""Parts that a feature adds to the chat with customers and to the panel of staff."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Protocol

from aiogram import Router

from bot.panel.forms import Form
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from bot.screens.mydata import ReadButtons
from bot.status_section import ReadSections
from bot.texts import Texts
from subscriptions.application.features import FeatureState
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.job_handlers import JobHandlers
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import Message
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.ids import CustomerId


class Arrive(Protocol):
    """Act on a customer who opened the bot by a link of the feature."""

    async def __call__(self, customer: Customer, t: Texts, argument: str) -> Screen | str | None:
        """Return a screen, a paragraph to show above the first screen, or None for the first screen alone.

        argument: what follows the prefix.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class StartLink:
    """Deep links of a feature: `/start {prefix}{argument}`.

    source: where the statistics say a new customer came from, None for nothing. arrive: makes what acts on the arrival.
    referrer: reads from the argument the customer whose link it is, and who brings whoever is new by it.
    """

    prefix: str
    source: str | None = None
    arrive: Callable[[BotContainer], Arrive] | None = None
    referrer: Callable[[str], CustomerId | None] | None = None


CardScreen = Callable[[Visit, str, str], Awaitable[Screen]]
"""Return the screen of a subject by its id, below a note on what was just done."""


@dataclass(frozen=True, kw_only=True)
class PanelPart:
    """Pages of staff, by name.

    cards: page of one subject by its kind, with what draws it. entries: pages in the menu, with the permission each
    needs; the texts are `panel.way.{page}`. second_tap: commands that are confirmed by a second tap. forms:
    dialogues of its pages.
    """

    pages: Mapping[str, Page] = field(default_factory=dict)
    cards: Mapping[str, tuple[str, CardScreen]] = field(default_factory=dict)
    entries: Mapping[MenuSection, Sequence[tuple[str, Permission]]] = field(default_factory=dict)
    second_tap: frozenset[str] = frozenset()
    forms: Sequence[Form] = ()


@dataclass(frozen=True, kw_only=True)
class ChatPart:
    """Part that a feature adds to the chat, the constant `CHAT` of its module `chat`.

    router: makes the router of its commands and buttons. sections: makes the reader of its sections of the status card.
    data_buttons: makes the reader of its buttons under /mis_datos. handlers: makes the handlers of its jobs that need
    the chat. messages: functions that render its messages, by class.
    """

    module: ClassVar[str] = "chat"
    router: Callable[[BotContainer], Router] | None = None
    sections: Callable[[BotContainer], ReadSections] | None = None
    data_buttons: Callable[[BotContainer], ReadButtons] | None = None
    start_links: Sequence[StartLink] = ()
    handlers: Callable[[BotContainer], JobHandlers] | None = None
    messages: Mapping[type[Message], Callable[[Texts, Any], Screen]] = field(default_factory=dict)
    panel: PanelPart = PanelPart()


@dataclass(frozen=True)
class StartLinks:
    """The deep links of features.

    arrivals: by prefix, of the features that are on or draining; None for links that lead to the first screen and no
    further, as all do while the feature drains. Links that bring newcomers lead there also while it is off.
    sources, referrers: by prefix, of the features that are on; see `StartLink`.
    """

    arrivals: Mapping[str, Arrive | None] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    referrers: Mapping[str, Callable[[str], CustomerId | None]] = field(default_factory=dict)

    def source(self, payload: str) -> str | None:
        """Return where a customer comes from who opens the bot with this payload, None if no feature knows it."""
        prefix = next((each for each in self.sources if payload.startswith(each)), None)
        if prefix is None or (prefix in self.referrers and self.referrer(payload) is None):
            return None
        return self.sources[prefix]

    def referrer(self, payload: str) -> CustomerId | None:
        """Return the customer whose link it is, None for other links."""
        found = (read(payload.removeprefix(each)) for each, read in self.referrers.items() if payload.startswith(each))
        return next(found, None)

    def knows(self, payload: str) -> bool:
        """Return True if a feature has links that begin like this payload."""
        return any(payload.startswith(each) for each in self.arrivals)

    async def arrive(self, customer: Customer, t: Texts, payload: str) -> Screen | str | None:
        """Act on an arrival, and return the screen that follows, or the paragraph to show above the first screen."""
        for prefix, arrive in self.arrivals.items():
            if arrive is not None and payload.startswith(prefix):
                return await arrive(customer, t, payload.removeprefix(prefix))
        return None


def chat_parts() -> Mapping[str, ChatPart]:
    """Return the chat parts of all installed features by the feature's name."""
    found = {name: installed().part(name, ChatPart) for name in installed().features}
    return {name: part for name, part in found.items() if part is not None}


def menu_entries(parts: Iterable[ChatPart]) -> Mapping[MenuSection, Sequence[tuple[str, Permission]]]:
    """Return the pages that parts add to each section of the panel's menu."""
    found = [*parts]
    return {each: [entry for part in found for entry in part.panel.entries.get(each, ())] for each in MenuSection}


def chat_handlers(container: BotContainer) -> JobHandlers:
    """Return the handlers of jobs that need the chat, of the features that are on or draining."""
    makers = [part.handlers for part in container.core.features().parts(ChatPart) if part.handlers is not None]
    return {name: handler for make in makers for name, handler in make(container).items()}


@cache
def message_screens() -> Mapping[type[Message], Callable[[Texts, Any], Screen]]:
    """Return what draws the messages of installed features, by their classes."""
    return {kind: draw for part in chat_parts().values() for kind, draw in part.messages.items()}


def start_links(container: BotContainer) -> StartLinks:
    """Return the deep links of features, by their states."""
    states = container.core.features()
    links = [(name, link) for name, part in chat_parts().items() for link in part.start_links]
    on = [link for name, link in links if states.state(name) is FeatureState.ON]
    known = [link for name, link in links if name in states.now.loaded or link.referrer is not None]
    acting = {link.prefix: link.arrive(container) for link in on if link.arrive is not None}
    return StartLinks(
        arrivals={link.prefix: acting.get(link.prefix) for link in known},
        sources={link.prefix: link.source for link in on if link.source is not None},
        referrers={link.prefix: link.referrer for link in on if link.referrer is not None},
    )
