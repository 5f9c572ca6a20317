"""The /cancelar command: the confirmation card, the retention offer, the cancellation and its undo."""

from collections.abc import Container, Sequence

import structlog
from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import offers_more, show, take_away, unbutton
from bot.commands import command_filter
from bot.routers.status import StatusCard
from bot.screens import Screen
from bot.screens import cancel as screens
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy
from subscriptions.application.messages.keep_card import KeepCard
from subscriptions.application.subscriptions.change_plan import ChangePlan
from subscriptions.application.subscriptions.give_days import GiveDays, NoDaysLeft
from subscriptions.application.subscriptions.offered_changes import ChangeOffer
from subscriptions.application.subscriptions.subscription_handler import (
    CancelSubscription,
    CannotUndo,
    NoteCancelReason,
    NothingToCancel,
    UndoCancellation,
)
from subscriptions.application.views.show_status import ShowStatus, StatusView, SubscriptionView
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import CardKind
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.entities.subscription import LIVE, SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import GatewayError

log = structlog.get_logger(__name__)


def cancel_router() -> Router:
    """Return the router of cancellations."""
    router = Router(name="cancel")
    router.message.register(_cancel, command_filter("cancelar"))
    router.callback_query.register(_choose, PressFilter(callbacks.CANCEL_PATTERN))
    router.callback_query.register(_confirm, PressFilter(callbacks.CONFIRM_CANCEL_PATTERN))
    router.callback_query.register(_undo, PressFilter(callbacks.UNDO_CANCEL_PATTERN))
    router.callback_query.register(_keep, PressFilter(callbacks.CANCEL_KEEP_PATTERN))
    router.callback_query.register(_reason, PressFilter(callbacks.CANCEL_REASON_PATTERN))
    router.callback_query.register(_stay, PressFilter(callbacks.STAY_PATTERN))
    return router


async def _cancel(
    message: Message, customer: Customer, t: Texts, bot: Bot, show_status: ShowStatus, keep_card: KeepCard
) -> None:
    view = await show_status(customer.telegram_id)
    open_ones = _cancellable(view)
    subscription_view = open_ones[0] if len(open_ones) == 1 else None
    screen = screens.choose(t, open_ones) if len(open_ones) > 1 else _card(t, view, subscription_view)
    await _remember_card(keep_card, await show(message, screen, bot), customer, screen, subscription_view)


async def _choose(
    callback: CallbackQuery,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_status: ShowStatus,
    keep_card: KeepCard,
) -> None:
    view = await show_status(customer.telegram_id)
    subscription_view = next((item for item in _cancellable(view) if item.soft_id == soft_id), None)
    screen = _card(t, view, subscription_view)
    await _remember_card(keep_card, await show(callback, screen, bot), customer, screen, subscription_view)


async def _confirm(
    callback: CallbackQuery,
    soft_id: str | None,
    customer: Customer,
    t: Texts,
    bot: Bot,
    show_status: ShowStatus,
    status_card: StatusCard,
    cancel_subscription: CancelSubscription,
) -> None:
    view = await show_status(customer.telegram_id)
    soft_id = soft_id or _plan_of_card(callback, view, customer)
    live = [item for item in _live(view) if item.soft_id == soft_id]
    if not live and _live(view):
        await status_card.show(callback, customer, t, bot)
        return
    if live and all(item.status is SubscriptionStatus.CANCELED for item in live):
        await show(callback, _card(t, view, None), bot)
        return
    try:
        await cancel_subscription(customer.telegram_id, soft_id)
    except NothingToCancel:
        await show(callback, screens.notice(t, "nothing", plans=True), bot)
        return
    except GatewayError as error:
        log.warning("cancellation not confirmed", customer=str(customer.id), reason=str(error))
        await show(callback, screens.failure(t, callbacks.confirm_cancel(soft_id)), bot)
        return
    # Every cancellation, whether by the customer or by others, sends one notice with the end of access and the undo
    # button.
    await take_away(callback)


async def _undo(
    callback: CallbackQuery,
    soft_id: str | None,
    customer: Customer,
    t: Texts,
    bot: Bot,
    undo_cancellation: UndoCancellation,
    show_status: ShowStatus,
    status_card: StatusCard,
) -> None:
    soft_id = soft_id or _plan_of_card(callback, await show_status(customer.telegram_id), customer)
    if soft_id is None:
        await status_card.show(callback, customer, t, bot)
        return
    try:
        await undo_cancellation(customer.telegram_id, soft_id)
    except CannotUndo:
        await show(callback, screens.notice(t, "cannot_undo", plans=True), bot)
        return
    except GatewayError as error:
        log.warning("undo not confirmed", customer=str(customer.id), reason=str(error))
        await show(callback, screens.failure(t, callbacks.undo_cancel(soft_id), undo=True), bot)
        return
    # Every undo, whether by the customer or by others, sends one notice.
    presses = {callbacks.undo_cancel(None), callbacks.undo_cancel(soft_id)}
    if offers_more(callback, presses | {callbacks.cancel_reason(soft_id, reason) for reason in callbacks.REASONS}):
        await status_card.show(callback, customer, t, bot)
    else:
        await unbutton(callback)


async def _reason(
    callback: CallbackQuery,
    soft_id: str,
    reason: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    note_cancel_reason: NoteCancelReason,
    show_status: ShowStatus,
    change_plan: ChangePlan,
    pauses: Container[str],
    give_days: GiveDays,
    support_contact: str,
    policy: Policy,
) -> None:
    """Record the reason for a cancellation. If the subscription is not canceled yet, show a retention offer; otherwise
    thank the customer.
    """
    await note_cancel_reason(customer.telegram_id, soft_id, reason)
    live = _live(await show_status(customer.telegram_id))
    item = next((each for each in live if each.soft_id == soft_id), None)
    if item is None or not item.renews:
        await show(callback, screens.thanks(t, item), bot)
        return
    offers = await change_plan.offers(customer.telegram_id)
    screen = screens.offer(
        t,
        item,
        reason,
        several=len(live) > 1,
        cheaper=_cheaper(item, offers),
        contact=support_contact,
        keeps=policy.retention,
        pauses=item.pausable and item.provider in pauses,
        stay=await give_days.offer(customer.telegram_id),
    )
    await show(callback, screen, bot)


async def _stay(
    callback: CallbackQuery,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    give_days: GiveDays,
    show_status: ShowStatus,
    policy: Policy,
    keep_card: KeepCard,
) -> None:
    try:
        await give_days(customer.telegram_id, soft_id)
    except NoDaysLeft:
        await show(callback, screens.none_left(t), bot)
        return
    view = await show_status(customer.telegram_id)
    item = next(each for each in view.subscriptions if each.soft_id == soft_id)
    message = await show(callback, screens.stay_screen(t, item, policy.stay), bot)
    await keep_card.forget(CardKind.CANCEL, message, customer.telegram_id)


async def _keep(
    callback: CallbackQuery,
    soft_id: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    note_cancel_reason: NoteCancelReason,
    show_status: ShowStatus,
    status_card: StatusCard,
    keep_card: KeepCard,
) -> None:
    view = await show_status(customer.telegram_id)
    if soft_id not in {item.soft_id for item in _cancellable(view)}:
        # The plan was canceled meanwhile from another card: there is no subscription to keep, and the reason belongs to
        # that cancellation.
        await status_card.show(callback, customer, t, bot)
        return
    await note_cancel_reason(customer.telegram_id, soft_id, None)
    message = await status_card.show(callback, customer, t, bot, t("cancel.kept"))
    await keep_card.forget(CardKind.CANCEL, message, customer.telegram_id)


def _cheaper(item: SubscriptionView, offers: Sequence[ChangeOffer]) -> ChangeOffer | None:
    mine = [offer for offer in offers if offer.from_soft_id == item.soft_id and offer.price.minor < item.price.minor]
    return min(mine, key=lambda offer: offer.price.minor, default=None)


def _live(view: StatusView) -> list[SubscriptionView]:
    return [item for item in view.subscriptions if item.status in LIVE]


def _plan_of_card(callback: CallbackQuery, view: StatusView, customer: Customer) -> str | None:
    """Return the slug of the live plan that a card without a slug in its buttons refers to, or None if that is
    ambiguous. Cards of earlier versions stay in the chat.
    """
    text = (callback.message.text or "") if isinstance(callback.message, Message) else ""
    names = [item.soft_id for item in _live(view) if text_for(item.plan_name, customer.language) in text]
    return names[0] if len(names) == 1 else None


def _cancellable(view: StatusView) -> list[SubscriptionView]:
    return [item for item in _live(view) if item.renews]


async def _remember_card(
    keep_card: KeepCard, message_id: int, customer: Customer, screen: Screen, subscription_view: SubscriptionView | None
) -> None:
    """Record the card, so that its buttons are removed after the subscription is canceled, restored or expired."""
    if screen.markup is not None:
        plan_name = subscription_view.plan_name if subscription_view is not None else ""
        await keep_card(CardKind.CANCEL, plan_name, message_id, customer.telegram_id, customer.language)


def _card(t: Texts, view: StatusView, subscription_view: SubscriptionView | None) -> Screen:
    live = _live(view)
    if subscription_view is None:
        canceled_items = [item for item in live if item.status is SubscriptionStatus.CANCELED]
        paid_ends = [item.access_until for item in live if item.provider is not None and item.access_until is not None]
        given_ends = [item.access_until for item in live if item.provider is None and item.access_until is not None]
        end = max(paid_ends or given_ends, default=None)
        return screens.nothing(t, canceled_items, len(live), end, is_paid=bool(paid_ends))
    return screens.card(t, subscription_view, several=len(live) > 1)
