"""The message that led to a payment leads there no more once that arrived, or cannot be made there any more."""

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
from bot.screens.plans import plan_card
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
"""A customer's status card as it is now."""


@dataclass(frozen=True)
class RetirePayMessages:
    """Best effort: nothing waits for it, and it is not tried again."""

    bot: Bot
    find_pay_messages: FindPayMessages
    find_lapsed: FindLapsed
    show_card: ShowCard
    browse_plans: BrowsePlans
    zones: Zones
    gateways: GatewayRegistry

    def _texts(self, customer: Customer) -> Texts:
        return texts_for(customer.language, self.zones, customer.zone)

    async def __call__(self, payment_id: UUID) -> None:
        """Telegram's refusals are logged."""
        pay_messages = await self.find_pay_messages(PaymentId(payment_id))
        if pay_messages is None:
            return
        screen = screens.paid_purchase(
            self._texts(pay_messages.customer), pay_messages.reference, is_counted=pay_messages.is_paid
        )
        await self._change_all(pay_messages, screen)

    async def retire_lapsed(self, order_id: UUID) -> None:
        """The same for pages at which nobody can pay any more: their messages say so, and lead to a new one.

        Who only looked at a plan's card goes on seeing it, with the way to buy in place of the page.
        """
        lapsed_purchase = await self.find_lapsed(OrderId(order_id))
        if lapsed_purchase is None:
            return
        t = self._texts(lapsed_purchase.customer)
        plans, descriptors = await self.browse_plans.all(), self.gateways.descriptors()
        await self._change_all(lapsed_purchase, lapsed_screen(t, lapsed_purchase, plans, descriptors))

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
    t: Texts, purchase: LapsedPurchase, plans: Sequence[PlanView], descriptors: Mapping[str, GatewayDescriptor]
) -> Screen:
    """What stands where a page could be paid. plans: all that are on offer. descriptors: of methods."""
    plan = next((item for item in plans if item.soft_id == purchase.soft_id), None)
    if purchase.is_asked or plan is None:
        return screens.lapsed_purchase(t, purchase)
    return plan_card(t, plan, stands_alone=len(plans) == 1, descriptors=descriptors)


@dataclass(frozen=True)
class Step:
    """What to show next. checkout: the place to pay that it leads to, where it is one. sells: the name of the plan
    that a press on it goes on to buy, where it leads to no place yet.
    """

    screen: Screen
    checkout: CheckoutView | None = None
    sells: str | None = None


class ShowStep:
    """Shows it, and notes the message that leads to a place to pay, or on the way there."""

    def __init__(self, remember: RememberPayMessage, keep_card: KeepCard) -> None:
        self._remember_pay_message = remember
        self._keep_card = keep_card

    async def __call__(self, event: Message | CallbackQuery, step: Step, customer: Customer, bot: Bot) -> None:
        """In the message that was pressed, or in a new one."""
        message_id, person = await show(event, step.screen, bot), customer.telegram_id
        if step.checkout is not None:
            previous_id = await self._remember_pay_message(person, step.checkout, message_id)
            if previous_id is not None:
                # One message leads to a page: this one would hang there unchanged once the page was paid, or ran out.
                await _let_go(bot, customer, previous_id)
        elif isinstance(event, CallbackQuery):
            # It may be the message that led to one until now, and must not be taken for it when that runs out.
            await self._remember_pay_message.nothing(person, message_id)
        if step.sells is not None:
            await self._keep_card(CardKind.PLAN, step.sells, message_id, person, customer.language)
        elif isinstance(event, CallbackQuery):
            await self._keep_card.forget(CardKind.PLAN, message_id, person)


async def _let_go(bot: Bot, customer: Customer, message_id: int) -> None:
    try:
        await bot.edit_message_reply_markup(
            chat_id=customer.telegram_id, message_id=message_id, request_timeout=WITHIN_S
        )
    except TelegramAPIError as error:
        log.info("earlier card left as it is", message=message_id, reason=str(error))


async def remember_card(remember: RememberPayMessage, customer: Customer, screen: Screen, message_id: int) -> None:
    """Note a status card that offers a place to pay, so that it can be changed once that was paid.

    One that cannot be noted now stays as it is: nobody is shown it again for that.
    """
    rows = screen.markup.inline_keyboard if screen.markup else []
    if any(item.url for row in rows for item in row):
        try:
            await remember.card(customer.telegram_id, message_id)
        except RetryLater as error:
            log.warning("card not noted", message=message_id, reason=str(error))
