"""Answers to messages and button presses that no other handler processes."""

from collections.abc import Sequence
from typing import Final

import structlog
from aiogram import Bot, F, Router
from aiogram.enums import ContentType
from aiogram.types import CallbackQuery, Message

from bot.chat import READ_REACTION, nod, say, show
from bot.feature import CustomerMessageAnswer, StaffMessages, TakeCustomerMessage
from bot.intents import is_nod, wants_to_cancel
from bot.middlewares.pressed_message import KEEPS_MESSAGE
from bot.panel.visit import Visit
from bot.screens import plans as plan_screens
from bot.texts import Texts
from subscriptions.bootstrap.panel import PanelContainer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.services.staff_policy import may

log = structlog.get_logger(__name__)

_CONTENT_TYPES: Final = frozenset(
    {
        ContentType.TEXT,
        ContentType.PHOTO,
        ContentType.VIDEO,
        ContentType.VIDEO_NOTE,
        ContentType.VOICE,
        ContentType.AUDIO,
        ContentType.DOCUMENT,
        ContentType.STICKER,
        ContentType.ANIMATION,
        ContentType.CONTACT,
        ContentType.LOCATION,
        ContentType.VENUE,
        ContentType.POLL,
    }
)
"""Content types of messages written by a customer, as opposed to service messages such as a pin."""


def fallback_router() -> Router:
    """Return the router of all remaining messages and button presses. It must be the last router."""
    router = Router(name="fallback")
    router.message.register(_help, F.text.startswith("/"))
    router.message.register(_pass_on, F.content_type.in_(_CONTENT_TYPES))
    router.callback_query.register(_stale, flags=KEEPS_MESSAGE)
    return router


async def _help(message: Message, t: Texts, bot: Bot, support_contact: str, hidden_commands: frozenset[str]) -> None:
    await show(message, plan_screens.help_screen(t, support_contact, hidden_commands), bot)


async def _pass_on(
    message: Message,
    customer: Customer,
    t: Texts,
    bot: Bot,
    panel: PanelContainer,
    support_contact: str,
    customer_messages: Sequence[TakeCustomerMessage],
    staff_messages: Sequence[StaffMessages],
    hidden_commands: frozenset[str],
) -> None:
    """Pass a message to the feature that processes it. If no feature does, answer with the help.

    A feature may turn a staff member's message into a draft, which is published only after the staff member confirms
    it.
    """
    # An owner's first message is processed before the owner's role is recorded, so the role is read again here.
    role = customer.staff_role or await panel.desk().role_of(customer.telegram_id)
    text = message.text or ""
    taker = next((each for each in staff_messages if may(role, each.permission) and each.fits(message)), None)
    if taker is not None:
        screen = await taker.take(Visit(message, customer, t, bot, panel), message)
        if screen is not None:
            message_shown = await show(message, screen, bot)
            if taker.asks:
                await panel.dialogues().asked_in(customer.telegram_id, message_shown)
        return
    if role is not None or customer.barred_at is not None:
        await _help(message, t, bot, support_contact, hidden_commands)
        return
    if is_nod(message):
        # An acknowledgement needs no answer.
        return
    answer = await _taken(customer_messages, message, customer, t)
    if wants_to_cancel(text):
        await show(message, plan_screens.cancel_help(t, answer.cancelling if answer is not None else ""), bot)
    elif answer is None:
        unread = plan_screens.help_screen(t, support_contact, hidden_commands, offers_help=True)
        await show(message, unread, bot)
    elif not (answer.is_nod_enough and await nod(message, READ_REACTION)):
        await show(message, answer.screen, bot)


async def _taken(
    takers: Sequence[TakeCustomerMessage], message: Message, customer: Customer, t: Texts
) -> CustomerMessageAnswer | None:
    """Pass a customer's message to the features in order, and return the first answer; None if no feature answers. If
    no feature answers and one has failed, raise its error, so that the message is processed again.
    """
    failures = list[Exception]()
    for take in takers:
        try:
            answer = await take(message, customer, t)
        except RetryLater:
            raise
        # The failure is already reported with the feature's name.
        except Exception as error:
            failures.append(error)
        else:
            if answer is not None:
                return answer
    if failures:
        raise failures[0]
    return None


async def _stale(callback: CallbackQuery, t: Texts, bot: Bot) -> None:
    log.info("a stale button was pressed", data=callback.data, telegram_id=callback.from_user.id)
    # The pressed message may be of any kind, so it remains unchanged.
    await say(bot, callback.from_user.id, plan_screens.stale(t))
