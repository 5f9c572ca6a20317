"""The buttons under alarms, for owners."""

from uuid import UUID

import structlog
from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import Pressed
from bot.chat import say
from bot.screens import alarms as screens
from bot.texts import Texts
from subscriptions.application.handlers.watch_access import RepairAccess
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import AccessId, TelegramId

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
    owners: frozenset[TelegramId],
    repair_access: RepairAccess,
) -> None:
    answer = "not_yours"
    if customer.telegram_id in owners:
        answer = "done" if await repair_access(AccessId(UUID(access))) else "nothing"
        log.info("access seen to again", access=access, owner=customer.telegram_id, answer=answer)
    # A new message: the alarm stays as it is, its button serves again should this not help.
    await say(bot, callback.from_user.id, screens.repaired(t, answer))
