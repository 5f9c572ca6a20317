"""Buttons for owners below the confirmation request of a bulk expiry and below its result."""

from collections.abc import Mapping
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import say
from bot.screens import bulk_expiries as screens
from bot.texts import Texts
from subscriptions.application.expiry.decide_bulk_expiry import ConfirmBulkExpiry, HoldBulkExpiry, UndoBulkExpiry
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.command import NothingToDo, StaffCommand
from subscriptions.bootstrap.panel import PanelContainer
from subscriptions.domain.entities.customer import Customer

_COMMANDS: Final[Mapping[str, type[StaffCommand]]] = {
    "go": ConfirmBulkExpiry,
    "stay": HoldBulkExpiry,
    "undo": UndoBulkExpiry,
}


def bulk_expiries_router() -> Router:
    """Return the router of the buttons of a bulk expiry.

    The permission is checked when a button is pressed, because the confirmation request stays in the chat for a long
    time.
    """
    router = Router(name="sweeps")
    router.callback_query.register(_decide, PressFilter(callbacks.BULK_EXPIRY_PATTERN))
    return router


async def _decide(
    callback: CallbackQuery, answer: str, sweep: str, customer: Customer, t: Texts, bot: Bot, panel: PanelContainer
) -> None:
    command, subject = _COMMANDS[answer], str(UUID(sweep))
    operation = uuid5(NAMESPACE_URL, f"umbral:press:{callback.id}:{subject}")
    try:
        outcome = await panel.run_command()(customer.telegram_id, command.name, subject, {}, operation)
        screen = screens.word(t, command, outcome)
    except NotAllowed:
        screen = screens.not_yours(t)
    except NothingToDo:
        screen = screens.unknown_bulk_expiry(t)
    await say(bot, callback.from_user.id, screen)
