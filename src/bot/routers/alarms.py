"""Repair button below owner alerts, for staff with the permission to repair access."""

from uuid import NAMESPACE_URL, UUID, uuid5

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import say
from bot.screens import Screen
from bot.texts import Texts
from subscriptions.application.access.repair_access import RepairAccess
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.command import NothingToDo
from subscriptions.bootstrap.panel import PanelContainer
from subscriptions.domain.entities.customer import Customer


def alarms_router() -> Router:
    """Return the router of the repair button. The permission is checked when the button is pressed, because an alert
    stays in the chat for a long time.
    """
    router = Router(name="alarms")
    router.callback_query.register(_repair, PressFilter(callbacks.REPAIR_PATTERN))
    return router


async def _repair(
    callback: CallbackQuery,
    access: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    panel: PanelContainer,
) -> None:
    subject = str(UUID(access))
    operation = uuid5(NAMESPACE_URL, f"umbral:press:{callback.id}:{subject}")
    try:
        outcome = await panel.run_command()(customer.telegram_id, RepairAccess.name, subject, {}, operation)
        answer = f"commands.{RepairAccess.name}.done.{outcome.name}"
    except NotAllowed:
        answer = "alarms.repair.not_yours"
    except NothingToDo:
        answer = "alarms.repair.nothing"
    # A new message, so that the alert keeps its button for another attempt.
    await say(bot, callback.from_user.id, Screen(t(answer)))
