"""Extensions that a feature adds to the customers' chat and to the staff panel."""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, ParamSpec, Protocol, TypeVar
from uuid import UUID

from aiogram import Bot, Dispatcher, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.types import InlineKeyboardButton, WebAppInfo
from aiogram.types import Message as TelegramMessage

from bot.accepted import check_answer, check_button, check_row, check_screen, check_section
from bot.commands import OF_FEATURES
from bot.feature_guard import guard_router
from bot.menu import Exists, MenuPage
from bot.panel.forms import Form
from bot.panel.visit import Page, Visit
from bot.receipt_rows import ReadReceiptRows
from bot.screens import Screen
from bot.screens.mydata import ReadButtons
from bot.screens.panel.lists import PanelList
from bot.screens.plans import PlanButtons, ReadPlanLines
from bot.status_section import ReadSections
from bot.texts import DEFAULT, Texts, load_texts
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.dto.rooms import feature_of
from subscriptions.application.feature_failures import (
    LONGEST_ANSWER_S,
    contained,
    contained_call,
    made,
    named,
    named_call,
)
from subscriptions.application.features import FeatureState, InvalidFeature
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import cached_parts, installed, left_out
from subscriptions.bootstrap.job_handlers import JobHandlers, named_handlers
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import Message
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ids import ChatId, CustomerId, TelegramId

A = ParamSpec("A")
T = TypeVar("T")


class AnswerCode(Protocol):
    """Handler of a typed text that has the form of an activation code but is not an activation code."""

    async def __call__(self, customer: Customer, t: Texts, typed: str) -> Screen | None:
        """Return the answer to the typed text; None if the text is not a code of the feature either."""
        ...


class Arrive(Protocol):
    """Handler of a feature's deep link, called when a customer opens the bot by that link."""

    async def __call__(self, customer: Customer, t: Texts, argument: str) -> Screen | str | None:
        """Return a screen, a paragraph to show above the first screen, or None to show only the first screen.

        argument: part of the link's payload after the prefix.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class StartLink:
    """Deep links of a feature: `/start {prefix}{argument}`.

    source: acquisition source recorded in the statistics for new customers; None records no source
    arrive: factory of the link's handler
    referrer: function that returns the link's owner, the referrer of a new customer, from the argument; None if the
        argument is invalid
    while_draining: True for a link to existing rights, which also works while the feature is draining

    A link that opens the first screen while the feature is off is declared by its prefix in `Feature.lasting_links`.
    """

    prefix: str
    source: str | None = None
    arrive: Callable[[BotContainer], Arrive] | None = None
    referrer: Callable[[str], CustomerId | None] | None = None
    while_draining: bool = False


CardScreen = Callable[[Visit, str, str], Awaitable[Screen]]
"""Function that returns the card of a subject, given the visit, the subject's id and the message about the previous
command's result.
"""


@dataclass(frozen=True, kw_only=True)
class PanelPart:
    """Additions of a feature to the staff panel.

    pages: pages keyed by name
    lists: lists keyed by kind of subject; each has a page and a card for each row
    cards: page name of a subject's card and function that renders the card, keyed by kind of subject
    entries: pages in the menu with their required permissions; the labels are the texts `panel.way.{page}`
    pages_back: pages shown when a dialogue about a subject without a card is canceled, keyed by kind of subject
    second_tap: names of commands that require a second tap as confirmation
    forms: dialogues of the feature's pages
    results: functions that render command results that are shown only once, keyed by the result's class
    home_buttons, plan_buttons: functions that return buttons of the start page and of a plan's card, while the feature
        is on
    before_console: function that is called when a staff member requests a link to the console, to prepare data for the
        console's pages
    """

    pages: Mapping[str, Page] = field(default_factory=dict)
    lists: Mapping[str, PanelList] = field(default_factory=dict)
    cards: Mapping[str, tuple[str, CardScreen]] = field(default_factory=dict)
    entries: Mapping[MenuSection, Sequence[tuple[str, Permission]]] = field(default_factory=dict)
    pages_back: Mapping[str, str] = field(default_factory=dict)
    second_tap: frozenset[str] = frozenset()
    forms: Sequence[Form] = ()
    results: Mapping[type, Callable[[Texts, Any], Screen]] = field(default_factory=dict)
    home_buttons: Callable[[Visit], Sequence[InlineKeyboardButton]] | None = None
    plan_buttons: Callable[[Visit, ServicePlan], Sequence[InlineKeyboardButton]] | None = None
    before_console: Callable[[Visit], Awaitable[None]] | None = None


def _always(container: BotContainer) -> bool:
    return True


class NoteOpening(Protocol):
    """Function that records that a person opened the bot by a link whose openings are counted."""

    async def __call__(self, telegram_id: TelegramId, post: UUID) -> None:
        """Record that a person opened the bot by a link. `post`: id in the link's token; an id that belongs to another
        feature's link is ignored.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class StaffMessages:
    """Declaration that a feature processes messages that staff sends outside of dialogues.

    permission: permission required of the sender
    order: position among the declarations; messages are offered to lower numbers first
    fits: function that returns True if the feature processes the message
    take: function that processes a message and returns the answer; None for no answer
    asks: True if the answer is a question of a dialogue
    applies: function that returns False if the installation's settings exclude such messages
    """

    permission: Permission
    order: int
    fits: Callable[[TelegramMessage], bool]
    take: Callable[[Visit, TelegramMessage], Awaitable[Screen | None]]
    asks: bool = False
    applies: Callable[[BotContainer], bool] = _always


@dataclass(frozen=True, kw_only=True)
class CustomerMessageAnswer:
    """Answer to a free-text message of a customer.

    is_nod_enough: True if a reaction to the message suffices. The reaction then replaces the screen in chats that
        accept reactions
    cancelling: key of the text about canceling, shown instead of the screen if the customer appears to want to cancel
    """

    screen: Screen
    cancelling: str
    is_nod_enough: bool = False


class TakeCustomerMessage(Protocol):
    """Handler of free text from a customer."""

    async def __call__(self, message: TelegramMessage, customer: Customer, t: Texts) -> CustomerMessageAnswer | None:
        """Return the answer to the message; None if no staff member will read the message. Raises RetryLater if the
        message must be processed again later.
        """
        ...


class ChannelReader(Protocol):
    """Reader of channels that the bot administers, other than customers' channels."""

    @property
    def chats(self) -> Collection[int]:
        """Return the ids of the channels whose posts are read."""
        ...

    async def take_post(self, message: TelegramMessage) -> None:
        """Process a new post."""
        ...

    async def take_edit(self, message: TelegramMessage) -> None:
        """Process an edited post."""
        ...

    async def note_standing(self, chat: ChatId, title: str, *, sees: bool) -> None:
        """Record whether the bot receives the posts of a channel.

        sees: True if the bot receives the posts
        """
        ...

    async def look(self, bot: Bot) -> None:
        """At the start of the process, fetch from Telegram which channels the bot can see. Raises TelegramAPIError if a
        request fails.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class ChatPart:
    """Additions of a feature to the customers' chat, defined as the constant `CHAT` of the feature's module `chat`.

    router: factory of the router for the feature's commands and buttons
    sections: factory of the reader of sections for the status card
    data_buttons: factory of the reader of buttons below /mis_datos
    plan_buttons: function that returns buttons for a plan's card while the feature is on
    plan_lines: factory of the reader of lines for the card of a plan that is for sale; None for no lines
    late_commands: commands that are added to the menu once they have content, keyed by name, each with the factory of
        the function that checks for content
    typed_codes: factory of the handler of typed texts that have the form of an activation code but are none
    receipt_rows: factory of the reader of rows of buttons below a customer's receipts
    commands: commands of the menu that exist only with the feature
    handlers: factory of the handlers for jobs that need the chat
    dispatching: factory of the handlers for jobs that pass updates to the chat's dispatcher
    menu_page: function that returns the page that the menu button opens while the feature is on; None for no page. It
        raises InvalidInput for an invalid setting, which prevents the start of the bot
    messages: functions that render the feature's messages, keyed by message class
    staff_messages: messages that staff sends outside of dialogues and that the feature processes
    channels: factory of the reader of posts in channels
    openings: factory of the function that records opened links
    replies: factory of the router of staff's replies, which precedes the dialogues of the panel
    customer_messages: factory of the handler of customers' free messages
    groups: factory of the routers of groups whose messages the bot reads, keyed by group id
    """

    module: ClassVar[str] = "chat"
    router: Callable[[BotContainer], Router] | None = None
    sections: Callable[[BotContainer], ReadSections | None] | None = None
    data_buttons: Callable[[BotContainer], ReadButtons] | None = None
    plan_buttons: PlanButtons | None = None
    plan_lines: Callable[[BotContainer], ReadPlanLines | None] | None = None
    late_commands: Mapping[str, Callable[[BotContainer], Exists | None]] = field(default_factory=dict)
    typed_codes: Callable[[BotContainer], AnswerCode] | None = None
    receipt_rows: Callable[[BotContainer], ReadReceiptRows] | None = None
    commands: frozenset[str] = frozenset()
    start_links: Sequence[StartLink] = ()
    handlers: Callable[[BotContainer], JobHandlers] | None = None
    dispatching: Callable[[BotContainer, Dispatcher], JobHandlers] | None = None
    menu_page: Callable[[BotContainer], MenuPage | None] | None = None
    messages: Mapping[type[Message], Callable[[Texts, Any], Screen]] = field(default_factory=dict)
    panel: PanelPart = PanelPart()
    staff_messages: Sequence[StaffMessages] = ()
    channels: Callable[[BotContainer], ChannelReader] | None = None
    openings: Callable[[BotContainer], NoteOpening] | None = None
    replies: Callable[[BotContainer], Router] | None = None
    customer_messages: Callable[[BotContainer], TakeCustomerMessage] | None = None
    groups: Callable[[BotContainer], Mapping[int, Router]] | None = None


@dataclass(frozen=True)
class StartLinks:
    """Deep links of all features, keyed by prefix.

    arrivals: handler of each link; None for a link that only opens the first screen. The handler is None while the
        feature is draining, unless the link leads to existing rights, and for lasting links while the feature is off
    sources, referrers: acquisition source and referrer function of links, for features that are on; see `StartLink`
    """

    arrivals: Mapping[str, Arrive | None] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    referrers: Mapping[str, Callable[[str], CustomerId | None]] = field(default_factory=dict)

    def source(self, payload: str) -> str | None:
        """Return the acquisition source of a start payload; None if the payload belongs to no feature's link, if the
        link has no source, or if its referrer is invalid.
        """
        prefix = next((each for each in self.sources if payload.startswith(each)), None)
        if prefix is None or (prefix in self.referrers and self.referrer(payload) is None):
            return None
        return self.sources[prefix]

    def referrer(self, payload: str) -> CustomerId | None:
        """Return the customer who owns the link with this payload; None if the link is not a referral link."""
        found = (read(payload.removeprefix(each)) for each, read in self.referrers.items() if payload.startswith(each))
        return next(found, None)

    def knows(self, payload: str) -> bool:
        """Return True if the payload begins with the prefix of a feature's link."""
        return any(payload.startswith(each) for each in self.arrivals)

    async def arrive(self, customer: Customer, t: Texts, payload: str) -> Screen | str | None:
        """Call the handler of the payload's link. Return the screen that follows, or a paragraph to show above the
        first screen; None to show only the first screen.
        """
        for prefix, arrive in self.arrivals.items():
            if arrive is not None and payload.startswith(prefix):
                return await arrive(customer, t, payload.removeprefix(prefix))
        return None


def chat_parts() -> Mapping[str, ChatPart]:
    """Return the chat extensions of all installed features, keyed by feature name. Features that were refused as
    invalid are not included.
    """
    return installed().parts(ChatPart)


def hidden_commands(states: RunningStates) -> frozenset[str]:
    """Return the commands that the menu omits because their feature is off."""
    return OF_FEATURES.difference(*(part.commands for part in states.parts(ChatPart)))


def menu_entries(
    t: Texts, parts: Iterable[tuple[str, ChatPart]]
) -> Mapping[MenuSection, Sequence[tuple[str, Permission]]]:
    """Return the pages that chat extensions add to the panel's menu, keyed by section. A page whose label has no text
    is left out. `parts`: chat extensions, each with the name of its feature.
    """
    found: dict[MenuSection, list[tuple[str, Permission]]] = {each: [] for each in MenuSection}
    for name, part in parts:
        for section, entries in part.panel.entries.items():
            for page, permission in entries:
                with contained(name, f"panel: {page}"):
                    if not t.has(f"panel.way.{page}"):
                        raise InvalidFeature(f"the entry {page} of the menu needs the text panel.way.{page}")
                    found[section].append((page, permission))
    return found


def chat_handlers(container: BotContainer) -> JobHandlers:
    """Return the handlers of the jobs that need the chat and belong to features that are on or draining."""
    found = container.core.features().made(ChatPart, lambda part: part.handlers and part.handlers(container))
    return named_handlers(found)


def dispatching_handlers(container: BotContainer, dispatcher: Dispatcher) -> JobHandlers:
    """Return the handlers of the jobs that pass updates to the dispatcher and belong to features that are on or
    draining.
    """
    found = container.core.features().made(
        ChatPart, lambda part: part.dispatching and part.dispatching(container, dispatcher)
    )
    return named_handlers(found)


def menu_page(container: BotContainer) -> MenuPage | None:
    """Return the page that the menu button opens: that of the first feature that is on and has such a page; None if
    there is no such feature. Raises InvalidInput if a setting of the page is invalid.
    """
    for name, part in container.core.features().named_parts(ChatPart, FeatureState.ON):
        if part.menu_page is not None:
            with contained(name, "menu button", lasts=True, passes=(InvalidInput,)):
                page = part.menu_page(container)
                if page is not None:
                    _check_page(page)
                    return page
    return None


def _check_page(page: object) -> None:
    """Raise InvalidFeature for a page that Telegram would reject, or whose label has no text."""
    if not isinstance(page, MenuPage) or not load_texts()[DEFAULT].has(page.label):
        raise InvalidFeature(f"a MenuPage with a label that has a text is needed, not {page!r}")
    check_button(InlineKeyboardButton(text=page.label, web_app=WebAppInfo(url=page.address)))


def plan_buttons(container: BotContainer) -> PlanButtons:
    """Return the function that returns the buttons of the features that are on, for a plan's card. Failing buttons are
    left out.
    """
    parts = container.core.features().named_parts(ChatPart, FeatureState.ON)
    makers = [(name, part.plan_buttons) for name, part in parts if part.plan_buttons is not None]

    def buttons(t: Texts, plan: PlanView) -> Sequence[InlineKeyboardButton]:
        return _buttons("buttons of a plan", makers, t, plan)

    return buttons


def _buttons(
    where: str,
    makers: Iterable[tuple[str, Callable[A, Sequence[InlineKeyboardButton]]]],
    *arguments: A.args,
    **named_arguments: A.kwargs,
) -> Sequence[InlineKeyboardButton]:
    found = list[InlineKeyboardButton]()
    for name, make in makers:
        with contained(name, where):
            added = [*make(*arguments, **named_arguments)]
            for each in added:
                check_button(each)
            found.extend(added)
    return found


def home_buttons(visit: Visit) -> Sequence[InlineKeyboardButton]:
    """Return the buttons for the panel's start page from the features that are on. Failing buttons are left out."""
    parts = visit.use.core.features().named_parts(ChatPart, FeatureState.ON)
    makers = [(name, part.panel.home_buttons) for name, part in parts if part.panel.home_buttons is not None]
    return _buttons("buttons of the panel", makers, visit)


def buttons_of_plan(visit: Visit, plan: ServicePlan) -> Sequence[InlineKeyboardButton]:
    """Return the buttons for a plan's card in the panel from the features that are on. Failing buttons are left out."""
    parts = visit.use.core.features().named_parts(ChatPart, FeatureState.ON)
    makers = [(name, part.panel.plan_buttons) for name, part in parts if part.panel.plan_buttons is not None]
    return _buttons("buttons of a plan in the panel", makers, visit, plan)


async def prepare_console(visit: Visit) -> None:
    """Call the functions `before_console` of the features that are on. A function that fails is
    reported and skipped.
    """
    for name, part in visit.use.core.features().named_parts(ChatPart, FeatureState.ON):
        if part.panel.before_console is not None:
            await contained_call(name, "before the console", part.panel.before_console)(visit)


def plan_lines(container: BotContainer) -> ReadPlanLines:
    """Return a function that reads, for the card of a plan, the lines added by the features that are switched on. Lines
    of a feature that raises an error are left out.
    """
    found = container.core.features().made(
        ChatPart, lambda part: part.plan_lines and part.plan_lines(container), FeatureState.ON
    )
    readers = [_contained_list(name, "lines of a plan", read, _check_line) for name, read in found]

    async def lines(t: Texts, soft_id: str) -> Sequence[str]:
        return [line for read in readers for line in await read(t, soft_id)]

    return lines


def _check_line(line: str) -> None:
    if not isinstance(line, str):
        raise InvalidFeature(f"a line of a plan has to be text, and is {line!r}")


def late_commands(container: BotContainer) -> Mapping[str, Exists]:
    """Return the commands of loaded features that are added to the menu once they have content, by name."""
    found = container.core.features().made(ChatPart, lambda part: _late_of(part, container))
    return {
        command: contained_call(name, f"command: {command}", exists)
        for name, commands in found
        for command, exists in commands.items()
    }


def _late_of(part: ChatPart, container: BotContainer) -> Mapping[str, Exists]:
    made_commands = {name: make(container) for name, make in part.late_commands.items()}
    return {name: exists for name, exists in made_commands.items() if exists is not None}


def typed_codes(container: BotContainer) -> Sequence[AnswerCode]:
    """Return the handlers, from the features that are on, of typed texts that have the form of an activation code."""
    found = container.core.features().made(
        ChatPart, lambda part: part.typed_codes and part.typed_codes(container), FeatureState.ON
    )
    return [contained_call(name, "typed codes", _checked(answer)) for name, answer in found]


def receipt_rows(container: BotContainer) -> Sequence[ReadReceiptRows]:
    """Return the functions that build each feature's rows below a customer's receipts. Rows that fail are left out."""
    found = container.core.features().made(ChatPart, lambda part: part.receipt_rows and part.receipt_rows(container))
    return [_contained_list(name, "rows below receipts", read, check_row) for name, read in found]


def channel_readers(container: BotContainer) -> Sequence[ChannelReader]:
    """Return the readers of channels of the features that are on or draining."""
    found = container.core.features().made(ChatPart, lambda part: part.channels and part.channels(container))
    return [_ContainedReader(name, reader) for name, reader in found]


def openings(container: BotContainer) -> Sequence[NoteOpening]:
    """Return the functions that record opened links, of the features that are on or draining."""
    found = container.core.features().made(ChatPart, lambda part: part.openings and part.openings(container))
    return [contained_call(name, "counted link", note) for name, note in found]


def customer_messages(container: BotContainer) -> Sequence[TakeCustomerMessage]:
    """Return the handlers of customers' free messages, of the features that are on or draining."""
    found = container.core.features().made(
        ChatPart, lambda part: part.customer_messages and part.customer_messages(container)
    )
    return [named_call(name, "messages of customers", take, LONGEST_ANSWER_S) for name, take in found]


def reply_routers(container: BotContainer) -> Sequence[Router]:
    """Return the features' routers that process replies written by staff. A failure is reported with the name of the
    router's feature.
    """
    return _guarded(container.core.features().made(ChatPart, lambda part: part.replies and part.replies(container)))


def group_routers(container: BotContainer) -> Mapping[int, Router]:
    """Return the routers of groups whose messages the bot reads, by the group's id."""
    found = container.core.features().made(ChatPart, lambda part: part.groups and part.groups(container))
    routers = dict[int, Router]()
    for name, groups in found:
        with contained(name, "groups", lasts=True):
            for chat, router in groups.items():
                if chat in routers:
                    raise InvalidFeature(f"another feature reads the group {chat}")
                guard_router(name, router)
                routers[chat] = router
    return routers


def staff_messages(container: BotContainer) -> Sequence[StaffMessages]:
    """Return the handlers of staff messages of the features that are on, sorted by their `order`."""
    found = list[StaffMessages]()
    for name, part in container.core.features().named_parts(ChatPart, FeatureState.ON):
        for each in part.staff_messages:
            with contained(name, "messages of staff", lasts=True):
                if each.applies(container):
                    found.append(_guarded_messages(name, each))
    return sorted(found, key=lambda each: each.order)


def _guarded_messages(feature: str, messages: StaffMessages) -> StaffMessages:
    """Return the declaration with its functions wrapped. Failures are reported with the name of the feature. If `fits`
    fails, the message is offered to the next declaration.
    """
    where = "messages of staff"

    def fits(message: TelegramMessage) -> bool:
        with contained(feature, where):
            return messages.fits(message)
        return False

    take = named_call(feature, where, _checked(messages.take), LONGEST_ANSWER_S)
    return replace(messages, fits=fits, take=take)


def message_screen(kind: type[Message]) -> Callable[[Texts, Any], Screen] | None:
    """Return the renderer of a feature's message class; None for a message class of the core. The renderer is returned
    even while the feature is off, because stored messages remain.
    """
    found = _message_screens().get(kind)
    if found is None and feature_of(kind) is not None:
        with left_out(()):
            found = _message_screens().get(kind)
    return found


@cached_parts
def _message_screens() -> Mapping[type[Message], Callable[[Texts, Any], Screen]]:
    return {
        kind: named(name, f"message: {kind.__name__}")(_drawn(draw))
        for name, part in chat_parts().items()
        for kind, draw in part.messages.items()
    }


@cached_parts
def result_screens() -> Mapping[type, Callable[[Texts, Any], Screen]]:
    """Return the renderers of features' command results that are shown only once, keyed by the result's class."""
    return {
        kind: named(name, f"result: {kind.__name__}")(_drawn(draw))
        for name, part in chat_parts().items()
        for kind, draw in part.panel.results.items()
    }


def _drawn(draw: Callable[[Texts, Any], Screen]) -> Callable[[Texts, Any], Screen]:
    """Wrap a renderer so that it raises InvalidFeature for a message that Telegram would reject."""

    def draw_checked(t: Texts, message: Any) -> Screen:
        screen = draw(t, message)
        check_screen(screen)
        return screen

    return draw_checked


def status_sections(container: BotContainer) -> Sequence[ReadSections]:
    """Return the functions that build each feature's sections of the status card. A section that fails is left out."""
    found = container.core.features().made(ChatPart, lambda part: part.sections and part.sections(container))
    return [_contained_list(name, "section of the status card", read, check_section) for name, read in found]


def data_buttons(container: BotContainer) -> Sequence[ReadButtons]:
    """Return the functions that build each feature's buttons under /mis_datos. Buttons that fail are left out."""
    found = container.core.features().made(ChatPart, lambda part: part.data_buttons and part.data_buttons(container))
    return [_contained_list(name, "buttons of /mis_datos", read, check_button) for name, read in found]


def routers_of_features(container: BotContainer) -> Sequence[Router]:
    """Return the routers of the features. A failure is reported with the name of the router's feature."""
    return _guarded(container.core.features().made(ChatPart, lambda part: part.router and part.router(container)))


def _guarded(found: Sequence[tuple[str, Router]]) -> Sequence[Router]:
    guarded = list[Router]()
    for name, router in found:
        with contained(name, "router", lasts=True):
            guard_router(name, router)
            guarded.append(router)
    return guarded


def _contained_list(
    feature: str, where: str, read: Callable[A, Awaitable[Sequence[T]]], check: Callable[[T], None]
) -> Callable[A, Coroutine[Any, Any, Sequence[T]]]:
    """Wrap a feature's reader so that its failures are reported and not raised. A failing reader returns an empty list,
    and items for which `check` raises an error are left out.
    """
    read_in_time = contained_call(feature, where, read)

    async def read_contained(*args: A.args, **kwargs: A.kwargs) -> Sequence[T]:
        found = list[T]()
        with contained(feature, where):
            for each in await read_in_time(*args, **kwargs) or ():
                with contained(feature, where):
                    check(each)
                    found.append(each)
        return found

    return read_contained


def _checked(answer: Callable[A, Awaitable[T]]) -> Callable[A, Coroutine[Any, Any, T]]:
    """Wrap a function so that it raises InvalidFeature for an answer that Telegram would reject."""

    async def answer_checked(*args: A.args, **kwargs: A.kwargs) -> T:
        found = await answer(*args, **kwargs)
        check_answer(found)
        return found

    return answer_checked


@dataclass(frozen=True)
class _ContainedReader:
    feature: str
    reader: ChannelReader

    @property
    def chats(self) -> Collection[int]:
        with contained(self.feature, "channels"):
            return self.reader.chats
        return ()

    async def take_post(self, message: TelegramMessage) -> None:
        await named_call(self.feature, "post of a channel", self.reader.take_post, LONGEST_ANSWER_S)(message)

    async def take_edit(self, message: TelegramMessage) -> None:
        await named_call(self.feature, "post of a channel", self.reader.take_edit, LONGEST_ANSWER_S)(message)

    async def note_standing(self, chat: ChatId, title: str, *, sees: bool) -> None:
        note = contained_call(self.feature, "standing in a channel", self.reader.note_standing)
        await note(chat, title, sees=sees)

    async def look(self, bot: Bot) -> None:
        # A failing look must not keep the bot from starting; while Telegram is unavailable the start is repeated.
        look = contained_call(
            self.feature, "look at channels", self.reader.look, LONGEST_ANSWER_S, (UmbralError, TelegramAPIError)
        )
        await look(bot)


def _acts(link: StartLink, state: FeatureState) -> bool:
    return state is FeatureState.ON or (link.while_draining and state is FeatureState.DRAINING)


def start_links(container: BotContainer) -> StartLinks:
    """Return the deep links of all features. The handlers depend on whether each feature is on, draining or off."""
    states = container.core.features()
    links = [(name, link) for name, part in chat_parts().items() for link in part.start_links]
    on = [link for name, link in links if states.state(name) is FeatureState.ON]
    known = {link.prefix for name, link in links if states.is_loaded(name)}
    lasting = {prefix for each in container.core.installed().features.values() for prefix in each.lasting_links}
    acting = {
        link.prefix: contained_call(name, f"start link: {link.prefix}", _checked(arrive))
        for name, link in links
        if _acts(link, states.state(name)) and link.arrive is not None
        for arrive in made(name, f"start link: {link.prefix}", partial(link.arrive, container))
    }
    referrers = {
        link.prefix: contained(name, f"start link: {link.prefix}")(link.referrer)
        for name, link in links
        if states.state(name) is FeatureState.ON and link.referrer is not None
    }
    return StartLinks(
        arrivals={prefix: acting.get(prefix) for prefix in sorted(known | lasting)},
        sources={link.prefix: link.source for link in on if link.source is not None},
        referrers=referrers,
    )
