"""/cancelar and what follows: the card with one button, the undo, the question why."""

import structlog
from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import callbacks
from bot.callbacks import Pressed
from bot.chat import show
from bot.screens import Screen
from bot.screens import cancel as screens
from bot.texts import Texts
from subscriptions.application.subscriptions.subscription_handler import (
    CancelSubscription,
    CannotUndo,
    NoteCancelReason,
    NothingToCancel,
    UndoCancellation,
)
from subscriptions.application.views.show_status import ShowStatus, StatusView, SubscriptionView
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.subscription import LIVE, SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import GatewayError

log = structlog.get_logger(__name__)


def cancel_router() -> Router:
    """Everything about leaving."""
    router = Router(name="cancel")
    router.message.register(_cancel, Command("cancelar", "cancel"))
    router.callback_query.register(_chosen, Pressed(callbacks.CANCEL_PATTERN))
    router.callback_query.register(_confirm, Pressed(callbacks.CONFIRM_CANCEL_PATTERN))
    router.callback_query.register(_undo, Pressed(callbacks.UNDO_CANCEL_PATTERN))
    router.callback_query.register(_reason, Pressed(callbacks.CANCEL_REASON_PATTERN))
    return router


async def _cancel(message: Message, customer: Customer, t: Texts, bot: Bot, show_status: ShowStatus) -> None:
    view = await show_status(customer.telegram_id)
    open_ones = _cancellable(view)
    if len(open_ones) > 1:
        await show(message, screens.choose(t, open_ones), bot)
    else:
        await show(message, _card(t, view, open_ones[0] if open_ones else None), bot)


async def _chosen(
    callback: CallbackQuery, soft_id: str, customer: Customer, t: Texts, bot: Bot, show_status: ShowStatus
) -> None:
    view = await show_status(customer.telegram_id)
    chosen = next((item for item in _cancellable(view) if item.soft_id == soft_id), None)
    await show(callback, _card(t, view, chosen), bot)


async def _confirm(
    callback: CallbackQuery,
    soft_id: str | None,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_status: ShowStatus,
    cancel_subscription: CancelSubscription,
) -> None:
    before = _live(await show_status(customer.telegram_id))
    try:
        subscription = await cancel_subscription(customer.telegram_id, soft_id)
    except NothingToCancel:
        await show(callback, screens.said(t, "nothing", plans=True), bot)
        return
    except GatewayError as error:
        log.warning("cancellation not confirmed", customer=str(customer.id), reason=str(error))
        await show(callback, screens.failed(t, callbacks.confirm_cancel(soft_id)), bot)
        return
    named = soft_id or next((item.soft_id for item in before), "")
    owing = any(item.soft_id == named and item.grace_until is not None for item in before)
    await show(callback, screens.done(t, named, subscription.access_until, owing=owing), bot)


async def _undo(
    callback: CallbackQuery,
    soft_id: str | None,
    customer: Customer,
    t: Texts,
    bot: Bot,
    undo_cancellation: UndoCancellation,
) -> None:
    try:
        await undo_cancellation(customer.telegram_id, soft_id)
    except CannotUndo:
        await show(callback, screens.said(t, "cannot_undo", plans=True), bot)
        return
    except GatewayError as error:
        log.warning("undo not confirmed", customer=str(customer.id), reason=str(error))
        await show(callback, screens.failed(t, callbacks.undo_cancel(soft_id), undo=True), bot)
        return
    await show(callback, screens.said(t, "undone"), bot)


async def _reason(
    callback: CallbackQuery,
    soft_id: str,
    reason: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    note_cancel_reason: NoteCancelReason,
) -> None:
    await note_cancel_reason(customer.telegram_id, soft_id, reason)
    await show(callback, screens.said(t, "thanks"), bot)


def _live(view: StatusView) -> list[SubscriptionView]:
    return [item for item in view.subscriptions if item.status in LIVE]


def _cancellable(view: StatusView) -> list[SubscriptionView]:
    return [item for item in _live(view) if item.renews]


def _card(t: Texts, view: StatusView, chosen: SubscriptionView | None) -> Screen:
    live = _live(view)
    if chosen is None:
        canceled = [item for item in live if item.status is SubscriptionStatus.CANCELED]
        bought = [item.access_until for item in live if item.provider is not None and item.access_until is not None]
        prepaid = max(bought, default=None)
        return screens.nothing(t, canceled, len(live), prepaid)
    return screens.card(t, chosen, several=len(live) > 1)
