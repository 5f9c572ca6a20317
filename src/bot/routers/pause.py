"""Buttons «Pausar un mes» and «Reanudar»: the explanation, and the confirmation that pauses or resumes
a subscription.
"""

import structlog
from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.screens import Screen
from bot.screens import pause as screens
from bot.texts import Texts
from subscriptions.application.subscriptions.pause_subscription import NothingToPause, PauseSubscription
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.payment_gateway import ChargeDeclined, GatewayError

log = structlog.get_logger(__name__)


def pause_router() -> Router:
    """Return the router of the buttons that pause and resume a subscription."""
    router = Router(name="pause")
    router.callback_query.register(_press, PressFilter(callbacks.PAUSE_PATTERN))
    return router


async def _press(
    callback: CallbackQuery,
    step: str,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    pause_subscription: PauseSubscription,
) -> None:
    try:
        screen = await _answer(step, soft_id, customer, t, pause_subscription)
    except NothingToPause:
        screen = screens.impossible(t)
    except GatewayError as error:
        log.warning("pause not confirmed", customer=str(customer.id), reason=str(error))
        screen = screens.failure(t, callback.data or "")
    await show(callback, screen, bot)


async def _answer(
    step: str, soft_id: str, customer: Customer, t: Texts, pause_subscription: PauseSubscription
) -> Screen:
    if step == "pause_sure":
        return screens.confirmation(t, await pause_subscription(customer.telegram_id, soft_id))
    view = await pause_subscription.preview(customer.telegram_id, soft_id)
    if step == "go_on_sure":
        try:
            return screens.end(t, view, await pause_subscription.end(customer.telegram_id, soft_id))
        except ChargeDeclined as refusal:
            log.info("charge declined, the pause goes on", customer=str(customer.id), reason=str(refusal))
            return screens.decline(t, view)
    if view.is_settled:
        return screens.going_on(t, view)
    return screens.card(t, view)
