"""/start: the status card for who has a subscription, the welcome for everybody else; deep links."""

import re
from typing import Final

from aiogram import Bot, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import Message

from bot.chat import show
from bot.paying import remember_card
from bot.routers.status import StatusCard
from bot.screens import plans as screens
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.handlers.browse_plans import BrowsePlans, PlanUnavailable
from subscriptions.application.handlers.pay_messages import RememberPayMessage
from subscriptions.domain.entities.customer import Customer

_PLAN: Final = re.compile(r"plan_([a-z0-9-]{1,40})")


def start_router() -> Router:
    """Commands only."""
    router = Router(name="start")
    router.message.register(_start, CommandStart())
    return router


async def _start(
    message: Message,
    command: CommandObject,
    customer: Customer,
    t: Texts,
    bot: Bot,
    browse_plans: BrowsePlans,
    status_card: StatusCard,
    policy: Policy,
    remember_pay_message: RememberPayMessage,
) -> None:
    plan = _PLAN.fullmatch((command.args or "").strip())
    if plan is not None:
        try:
            await show(message, screens.plan_card(t, await browse_plans.one(plan[1])), bot)
            return
        except PlanUnavailable:
            await show(message, screens.unavailable(t), bot)
            return
    card = await status_card.if_live(customer, t)
    message_id = await show(message, card or screens.welcome(t, policy.brand), bot)
    if card is not None:
        await remember_card(remember_pay_message, customer, card, message_id)
