"""The buttons under alarms, for whoever of staff may repair."""

from uuid import UUID

import structlog
from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import Pressed
from bot.chat import say
from bot.screens import alarms as screens
from bot.texts import Texts
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.bootstrap.panel import PanelContainer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import AccessId
from subscriptions.domain.services.staff_policy import StaffAction

log = structlog.get_logger(__name__)


def alarms_router() -> Router:
    """Who may press is looked at when they press: an alarm stays in a chat for long."""
    router = Router(name="alarms")
    router.callback_query.register(_repair, Pressed(callbacks.REPAIR_PATTERN))
    return router


async def _repair(
    callback: CallbackQuery,
    access: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    panel: PanelContainer,
) -> None:
    try:
        await panel.desk().check(customer.telegram_id, StaffAction.REPAIR)
        answer = str(await panel.repair_access()(customer.telegram_id, AccessId(UUID(access))))
        log.info("access seen to again", access=access, staff=customer.telegram_id, answer=answer)
    except NotAllowed:
        answer = "not_yours"
    # A new message: the alarm stays as it is, its button serves again should this not help.
    await say(bot, callback.from_user.id, screens.repaired(t, answer))
