"""The /admin command, the panel's buttons, and the answers of staff in an open dialogue."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command, CommandObject, CommandStart, Filter
from aiogram.types import (
    CallbackQuery,
    Message,
    MessageOriginChannel,
    MessageOriginHiddenUser,
    MessageOriginUser,
)

from bot.accepted import check_answer
from bot.chat import show
from bot.feature import prepare_console
from bot.formats import zone_line
from bot.panel import data as buttons
from bot.panel import dialogues
from bot.panel.data import CARD, QUESTION_PREFIX
from bot.panel.forms import Form
from bot.panel.index import FORMS, PAGES, collect
from bot.panel.pages.home import page_titled
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel import home as screens
from bot.screens.panel.frame import HOME
from bot.screens.plans import help_screen
from bot.texts import Texts
from subscriptions.application.dto.typed_answers import Answer
from subscriptions.application.feature_failures import LONGEST_ANSWER_S, named
from subscriptions.application.people.keep_dialogues import KeepDialogues
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.bootstrap.panel import PanelContainer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.services.staff_policy import StaffAction

WITHIN_S: Final = 5
PERSON: Final = "c"
"""Name of the panel page that shows a customer."""


class InDialogue(Filter):
    """Filter for messages of a staff member with an open dialogue, except commands.

    The handler receives the dialogue.
    """

    def __init__(self, keep_dialogues: KeepDialogues) -> None:
        self._keep_dialogues = keep_dialogues

    async def __call__(self, message: Message) -> bool | dict[str, Dialogue]:
        """Return the open dialogue, or False without one. Implements `aiogram.filters.Filter`."""
        if message.from_user is None or (message.text or "").startswith("/"):
            return False
        dialogue = await self._keep_dialogues.get_dialogue(TelegramId(message.from_user.id))
        if dialogue is None or dialogue.kind not in FORMS:
            return False
        form = FORMS[dialogue.kind]
        # A search that stays open accepts only text, unless it reads pictures: a picture is usually meant as a
        # broadcast.
        takes = bool(message.text) or not form.stays or form.reads_pictures
        return {"dialogue": dialogue} if takes else False


def panel_router(keep: KeepDialogues) -> Router:
    """Return the router of the panel. It must precede other routers that process text."""
    collect()
    router = Router(name="panel")
    router.message.register(_open, Command("admin"))
    router.message.register(_open_link, CommandStart(magic=F.args.startswith((QUESTION_PREFIX, CARD))))
    router.message.register(_console, Command("panel"))
    router.callback_query.register(_press, F.data.startswith(f"{buttons.PREFIX}:"))
    router.message.register(_hear, InDialogue(keep))
    return router


async def _open(
    message: Message,
    command: CommandObject,
    customer: Customer,
    t: Texts,
    bot: Bot,
    panel: PanelContainer,
    support_contact: str,
    hidden_commands: frozenset[str],
) -> None:
    """Open the panel's start page, or the page whose title follows the /admin command."""
    role = customer.staff_role or await panel.desk().role_of(customer.telegram_id)
    if role is None:
        # Strangers get the answer for an unknown command, so that they do not learn that the panel exists.
        await show(message, help_screen(t, support_contact, hidden_commands), bot)
        return
    await _leave_off(panel, customer)
    visit = Visit(message, customer, t, bot, panel)
    name, parts = buttons.parts(page_titled(visit, role, command.args or "") or buttons.data(HOME)) or (HOME, ())
    screen = await _visit(replace(visit, parts=parts), PAGES[name].action, PAGES[name].show)
    if screen is not None:
        await show(message, screen, bot)


async def _open_link(
    message: Message, command: CommandObject, customer: Customer, t: Texts, bot: Bot, panel: PanelContainer
) -> None:
    """Open a customer's page by a link from a staff group. For anyone who is not staff, leave the message to other
    handlers.
    """
    if customer.staff_role is None and await panel.desk().role_of(customer.telegram_id) is None:
        raise SkipHandler
    await _leave_off(panel, customer)
    page = PAGES[PERSON]
    parts = ((command.args or "").removeprefix(QUESTION_PREFIX).removeprefix(CARD),)
    screen = await _show(Visit(message, customer, t, bot, panel, parts), page)
    if screen is not None:
        await show(message, screen, bot)


async def _console(
    message: Message,
    customer: Customer,
    t: Texts,
    bot: Bot,
    panel: PanelContainer,
    support_contact: str,
    hidden_commands: frozenset[str],
) -> None:
    """Send a single-use link that opens the web console."""
    if await panel.desk().role_of(customer.telegram_id) is None:
        await show(message, help_screen(t, support_contact, hidden_commands), bot)
        return
    await _leave_off(panel, customer)
    screen = await _visit(Visit(message, customer, t, bot, panel), StaffAction.OPEN_CONSOLE, _sign_in_link)
    if screen is not None:
        await show(message, screen, bot)


async def _sign_in_link(visit: Visit) -> Screen:
    address = visit.use.console_url()
    if address is None:
        return screens.no_console(visit.t)
    secret = await visit.use.enter_console().offer(visit.who)
    await prepare_console(visit)
    visits = await visit.use.enter_console().visits(visit.who)
    return screens.console(visit.t, f"{address}/admin/enter?key={secret}", visits)


async def _press(callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, panel: PanelContainer) -> None:
    found_parts = buttons.parts(callback.data or "")
    page, parts = found_parts or ("", ())
    visit = Visit(callback, customer, t, bot, panel, parts)
    if page in dialogues.VERBS:
        screen = await _step(visit, page)
    elif page in PAGES:
        await _leave_off(panel, customer)
        screen = await _show(visit, PAGES[page])
    else:
        screen = screens.stale(t)
    if screen is not None:
        await panel.dialogues().asked_in(customer.telegram_id, await show(callback, screen, bot))


async def _step(visit: Visit, verb: str) -> Screen | None:
    """Process a button of the open dialogue, or show that the button is stale if it belongs to another dialogue. Return
    the next screen; None if the page has already sent its result.
    """
    dialogue = await visit.use.dialogues().get_dialogue(visit.who)
    form = FORMS.get(dialogue.kind) if dialogue is not None else None
    if dialogue is None or form is None or visit.parts[:1] != (buttons.short(dialogue.id),):
        return await _visit(visit, StaffAction.OPEN_PANEL, _stale)
    if verb == dialogues.LEAVE:
        return await _leave(visit, form, dialogue)
    return await _visit(visit, form.action, lambda now: dialogues.take_press(now, form, dialogue, verb))


async def _leave(visit: Visit, form: Form, dialogue: Dialogue) -> Screen | None:
    await visit.use.dialogues().end(dialogue)
    page, parts = buttons.parts(form.leave(dialogue)) or (HOME, ())
    back_page = PAGES.get(page, PAGES[HOME])
    return await _show(replace(visit, parts=parts), back_page)


async def _hear(
    message: Message, dialogue: Dialogue, customer: Customer, t: Texts, bot: Bot, panel: PanelContainer
) -> None:
    form = FORMS[dialogue.kind]
    visit = Visit(message, customer, t, bot, panel)
    answer = _answer(message)
    hears = form.hears
    screen = await _visit(
        visit,
        form.action,
        lambda now: (
            hears(now, dialogue)
            if hears is not None
            else dialogues.take_answer(now, form, dialogue, answer, message.message_id)
        ),
    )
    if screen is None:
        return
    asked_before = dialogue.message_id
    message_shown = await show(message, screen, bot)
    await panel.dialogues().asked_in(customer.telegram_id, message_shown)
    if asked_before is not None:
        # The question is answered, so delete it: only the panel's newest message stays in the chat.
        with suppress(TelegramAPIError):
            await bot.delete_message(message.chat.id, asked_before, request_timeout=WITHIN_S)


async def _show(visit: Visit, page: Page) -> Screen | None:
    return await _visit(visit, page.action, page.show, page.feature)


async def _visit(
    visit: Visit, action: Permission, go: Callable[[Visit], Awaitable[Screen | None]], of_feature: str = ""
) -> Screen | None:
    """Check the permission against the database. Return the page's screen; None if the page has already sent its
    result. The page's use cases check the permission again before they write.

    of_feature: name of the feature that adds the page; empty for a page of the core.
    """
    try:
        staff = await visit.use.desk().check(visit.who, action)
        features = visit.use.core.features()
        if not features.allows(action) or (of_feature and not features.is_loaded(of_feature)):
            raise Stale("the feature is off")
        home = visit.t.in_zone(visit.use.core.policy().zones.home)
        feature = of_feature or features.owner(action)
        with named(feature, f"panel: {action}"):
            async with asyncio.timeout(LONGEST_ANSWER_S if feature is not None else None):
                screen = await go(replace(visit, staff=staff, t=home))
            if feature is not None:
                check_answer(screen)
        return replace(screen, text=zone_line(home, screen.text)) if screen is not None else None
    except NotAllowed as refusal:
        return screens.refusal(visit.t, refusal.role, refusal.least)
    except Stale:
        return screens.stale(visit.t)


async def _leave_off(panel: PanelContainer, customer: Customer) -> None:
    """End the open dialogue, except a search, so that later messages are not processed as answers."""
    dialogue = await panel.dialogues().get_dialogue(customer.telegram_id)
    if dialogue is not None and not (dialogue.kind in FORMS and FORMS[dialogue.kind].stays):
        await panel.dialogues().end(dialogue)


async def _stale(visit: Visit) -> Screen:
    return screens.stale(visit.t)


def _answer(message: Message) -> Answer:
    origin, text = message.forward_origin, message.text or message.caption or ""
    file = message.photo[-1] if message.photo else message.document
    answer = Answer(text, file=file.file_id if file is not None else None, photo=bool(message.photo))
    if isinstance(origin, MessageOriginUser):
        return replace(answer, sender=origin.sender_user.id)
    if isinstance(origin, MessageOriginHiddenUser):
        return replace(answer, is_hidden=True)
    if isinstance(origin, MessageOriginChannel):
        return replace(answer, channel=origin.chat.id)
    return answer
