"""«Ya pagué, verificar»: an immediate check of a payment at the provider."""

from dataclasses import dataclass

import structlog
from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.middlewares.pressed_message import KEEPS_MESSAGE
from bot.routers.status import StatusCard
from bot.screens import Screen
from bot.screens import verify as screens
from bot.texts import Texts
from subscriptions.application.checkout.check_order import PaymentCheck, VerifyPayments
from subscriptions.application.checkout.pay_messages import FindLapsed, LapsedPurchase
from subscriptions.application.views.show_status import ShowStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class VerifyDesk:
    """Use case that checks a purchase at the provider and returns the screen with its status."""

    verify_payments: VerifyPayments
    find_lapsed: FindLapsed
    show_status: ShowStatus
    card: StatusCard
    clock: Clock

    async def screen(self, customer: Customer, t: Texts, soft_id: str) -> Screen:
        """Return the result of the check: payment found, pending, not found, or provider unreachable.

        Return the status card if the purchase is already completed.
        """
        order = await self._purchase(customer, soft_id)
        if order is None:
            return await self._settled_screen(customer, t, soft_id)
        lapsed_order = order.order_id if isinstance(order, LapsedPurchase) else None
        try:
            result = await self.verify_payments(customer.telegram_id, lapsed_order)
        except GatewayError as error:
            log.warning("payment not verified", order=order.reference, reason=str(error))
            return screens.unreachable(t, order, self.clock.now())
        if result is PaymentCheck.FOUND:
            return screens.payment_found(t, order, self.clock.now())
        # A webhook may have recorded the payment during the check.
        order = await self._purchase(customer, soft_id)
        if order is None:
            return await self._settled_screen(customer, t, soft_id)
        if result is PaymentCheck.PENDING:
            return screens.payment_pending(t, order, self.clock.now())
        return screens.nothing(t, order, self.clock.now())

    async def _purchase(self, customer: Customer, soft_id: str) -> screens.Purchase | None:
        """Return the open order of a plan, or else the last expired order if the customer does not have the plan; None
        if there is neither.
        """
        view = await self.show_status(customer.telegram_id)
        mine = next((order for order in view.open_orders if order.soft_id == soft_id), None)
        has = any(item.soft_id == soft_id for item in view.live)
        return mine or (None if has else await self.find_lapsed.find_last(customer.telegram_id, soft_id))

    async def _settled_screen(self, customer: Customer, t: Texts, soft_id: str) -> Screen:
        view = await self.show_status(customer.telegram_id)
        mine = any(item.soft_id == soft_id for item in view.live)
        return await self.card.card(customer, t, None if mine else t("verify.no_order"))


def verify_router() -> Router:
    """Return the router of the «Ya pagué, verificar» button."""
    router = Router(name="verify")
    router.callback_query.register(_verify, PressFilter(callbacks.VERIFY_PATTERN), flags=KEEPS_MESSAGE)
    return router


async def _verify(
    callback: CallbackQuery, soft_id: str, customer: Customer, t: Texts, bot: Bot, verify_desk: VerifyDesk
) -> None:
    await show(callback, await verify_desk.screen(customer, t, soft_id), bot)
