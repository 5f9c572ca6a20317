"""The list of plans and a plan's card."""

import structlog
from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import callbacks
from bot.callbacks import Pressed
from bot.chat import show
from bot.screens import plans as screens
from bot.texts import Texts
from subscriptions.application.handlers.browse_plans import BrowsePlans, PlanUnavailable

log = structlog.get_logger(__name__)


def plans_router() -> Router:
    """/planes and everything that leads back to the list."""
    router = Router(name="plans")
    router.message.register(_list, Command("planes", "plans"))
    router.callback_query.register(_list, Pressed(f"{callbacks.PLAN_LIST}|{callbacks.BACK_TO_PLANS}"))
    router.callback_query.register(_card, Pressed(callbacks.PLAN_SELECT_PATTERN))
    return router


async def _list(event: Message | CallbackQuery, t: Texts, bot: Bot, browse_plans: BrowsePlans) -> None:
    await show(event, screens.plan_list(t, await browse_plans.all()), bot)


async def _card(callback: CallbackQuery, soft_id: str, t: Texts, bot: Bot, browse_plans: BrowsePlans) -> None:
    try:
        screen = screens.plan_card(t, await browse_plans.one(soft_id))
    except PlanUnavailable:
        log.info("a plan that is not on offer was pressed", plan=soft_id, telegram_id=callback.from_user.id)
        screen = screens.unavailable(t)
    await show(callback, screen, bot)
