"""Messages that contain a checkout link, and their replacement after the order is paid or its checkout has expired."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, Message

from bot.chat import NO_PREVIEW, show
from bot.screens import Screen
from bot.screens import verify as screens
from bot.screens.plans import PlanButtons, no_buttons, plan_card
from bot.texts import Texts, texts_for
from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.checkout.pay_messages import (
    FindLapsed,
    FindPayMessages,
    LapsedPurchase,
    PayMessages,
    RememberPayMessage,
)
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.messages.keep_card import KeepCard
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import CardKind
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import OrderId, PaymentId
from subscriptions.domain.ports.payment_gateway import GatewayDescriptor, GatewayRegistry
from subscriptions.domain.services.zones import Zones

log = structlog.get_logger(__name__)

WITHIN_S: Final = 5


ShowCard = Callable[[Customer, Texts], Awaitable[Screen]]
"""Function that returns a customer's current status card."""


@dataclass(frozen=True)
class RetirePayMessages:
    """Job that replaces messages that contain a checkout link. The job is not retried if a message
    cannot be replaced.
    """

    bot: Bot
    find_pay_messages: FindPayMessages
    find_lapsed: FindLapsed
    show_card: ShowCard
    browse_plans: BrowsePlans
    zones: Zones
    gateways: GatewayRegistry
    plan_buttons: PlanButtons = no_buttons

    def _texts(self, customer: Customer) -> Texts:
        return texts_for(customer.language, self.zones, customer.zone)

    async def __call__(self, payment_id: UUID) -> None:
        """Mark the checkout messages of a paid purchase as paid. Log the error if Telegram refuses a change."""
        pay_messages = await self.find_pay_messages(PaymentId(payment_id))
        if pay_messages is None:
            return
        screen = screens.paid_purchase(
            self._texts(pay_messages.customer), pay_messages.reference, is_counted=pay_messages.is_paid
        )
        await self._change_all(pay_messages, screen)

    async def retire_lapsed(self, order_id: UUID) -> None:
        """Replace the messages of a purchase whose checkout has expired with a message that offers a new checkout.

        If the message was a plan's card, the card is kept, with a buy button instead of the checkout's link.
        """
        lapsed_purchase = await self.find_lapsed(OrderId(order_id))
        if lapsed_purchase is None:
            return
        t = self._texts(lapsed_purchase.customer)
        plans, descriptors = await self.browse_plans.all(), self.gateways.descriptors()
        screen = lapsed_screen(t, lapsed_purchase, plans, descriptors, self.plan_buttons)
        await self._change_all(lapsed_purchase, screen)

    async def _change_all(self, messages: PayMessages | LapsedPurchase, screen: Screen) -> None:
        for message_id in messages.message_ids:
            await self._change(messages, message_id, screen)
        if messages.cards:
            card = await self.show_card(messages.customer, self._texts(messages.customer))
            for message_id in messages.cards:
                await self._change(messages, message_id, card)

    async def _change(self, messages: PayMessages | LapsedPurchase, message_id: int, screen: Screen) -> None:
        try:
            await self.bot.edit_message_text(
                screen.text,
                chat_id=messages.customer.telegram_id,
                message_id=message_id,
                reply_markup=screen.markup,
                link_preview_options=NO_PREVIEW,
                request_timeout=WITHIN_S,
            )
        except TelegramAPIError as error:
            log.info("pay message left as it is", order=messages.reference, reason=str(error))


def lapsed_screen(
    t: Texts,
    purchase: LapsedPurchase,
    plans: Sequence[PlanView],
    descriptors: Mapping[str, GatewayDescriptor],
    buttons: PlanButtons = no_buttons,
) -> Screen:
    """Return the screen that replaces an expired checkout. plans: all active plans. descriptors: gateway descriptors of
    the payment methods, keyed by provider. buttons: function that returns the buttons of features on the plan's card.
    """
    plan = next((item for item in plans if item.soft_id == purchase.soft_id), None)
    if purchase.is_asked or plan is None:
        return screens.lapsed_purchase(t, purchase)
    return plan_card(t, plan, stands_alone=len(plans) == 1, descriptors=descriptors, further=buttons(t, plan))


@dataclass(frozen=True)
class Step:
    """Next screen of a purchase.

    checkout: checkout that the screen links to, if any. sells: slug of the plan that the screen offers to buy, if there
    is no checkout yet.
    """

    screen: Screen
    checkout: CheckoutView | None = None
    sells: str | None = None


class ShowStep:
    """Sender of purchase screens. The sender records each message that contains a checkout link or offers a plan."""

    def __init__(self, remember: RememberPayMessage, keep_card: KeepCard) -> None:
        self._remember_pay_message = remember
        self._keep_card = keep_card

    async def __call__(self, event: Message | CallbackQuery, step: Step, customer: Customer, bot: Bot) -> None:
        """Show the step's screen in the message whose button was pressed, or in a new message."""
        message_id, person = await show(event, step.screen, bot), customer.telegram_id
        if step.checkout is not None:
            previous_id = await self._remember_pay_message(person, step.checkout, message_id)
            if previous_id is not None:
                # Keep only one message with the checkout's link: an older one would remain unchanged after the payment
                # or the expiry.
                await _let_go(bot, customer, previous_id)
        if step.sells is not None:
            await self._keep_card(CardKind.PLAN, step.sells, message_id, person, customer.language)


async def _let_go(bot: Bot, customer: Customer, message_id: int) -> None:
    try:
        await bot.edit_message_reply_markup(
            chat_id=customer.telegram_id, message_id=message_id, request_timeout=WITHIN_S
        )
    except TelegramAPIError as error:
        log.info("earlier card left as it is", message=message_id, reason=str(error))


async def remember_card(remember: RememberPayMessage, customer: Customer, screen: Screen, message_id: int) -> None:
    """Record the message of a status card that contains a checkout link, so that the card can be updated after the
    payment.

    If the message cannot be recorded, the error is only logged and the card is not updated after the payment.
    """
    rows = screen.markup.inline_keyboard if screen.markup else []
    if any(item.url for row in rows for item in row):
        try:
            await remember.card(customer.telegram_id, message_id)
        except RetryLater as error:
            log.warning("card not noted", message=message_id, reason=str(error))
