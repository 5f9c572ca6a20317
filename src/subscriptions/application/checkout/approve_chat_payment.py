"""Final check before Telegram charges a payment inside the chat: the order must be open, belong to the customer, and be
unchanged.
"""

from dataclasses import dataclass
from enum import StrEnum

import structlog

from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import Capability, GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import payment_policy
from subscriptions.domain.services.plan_change_policy import went_over
from subscriptions.domain.services.pricing import asked_by

log = structlog.get_logger(__name__)


class ChatRefusal(StrEnum):
    """Reason why a charge is refused.

    unknown: there is no such checkout
    stranger: the checkout belongs to another customer
    barred: the customer is barred from buying
    paid: the order is already paid, or the customer already has the plan
    closed: the order or its link has expired
    gone: the plan is no longer sold
    changed: the amount differs from the agreed amount
    """

    UNKNOWN = "unknown"
    STRANGER = "stranger"
    BARRED = "barred"
    PAID = "paid"
    CLOSED = "closed"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True)
class ApproveChatPayment:
    """Use case that answers Telegram's pre-checkout query. It changes nothing and takes no lock, because the answer is
    due within seconds.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    browse_plans: BrowsePlans
    clock: Clock

    async def __call__(self, telegram_id: TelegramId, payload: str, amount: Money) -> ChatRefusal | None:
        """Return the reason for a refusal. Return None to approve the charge. `payload`: payload of the invoice, which
        is the id of its checkout session. Raises RetryLater.
        """
        async with self.units() as uow:
            attempt = await self._attempt(uow, payload)
            refusal = ChatRefusal.UNKNOWN if attempt is None else await self._judge(uow, attempt, telegram_id, amount)
        log.info("asked before a charge", order=attempt and str(attempt.order_id), refusal=refusal and str(refusal))
        return refusal

    async def _attempt(self, uow: UnitOfWork, payload: str) -> CheckoutAttempt | None:
        descriptors = self.gateways.descriptors()
        for provider in self.gateways.enabled_names():
            if Capability.IN_CHAT in descriptors[provider].capabilities:
                checkout_attempt = await uow.orders.attempt_by_session(provider, payload)
                if checkout_attempt is not None:
                    return checkout_attempt
        return None

    async def _judge(
        self, uow: UnitOfWork, attempt: CheckoutAttempt, telegram_id: TelegramId, amount: Money
    ) -> ChatRefusal | None:
        order = await uow.orders.get(attempt.order_id)
        customer = await uow.customers.get(order.customer_id) if order is not None else None
        if order is None or customer is None:
            return ChatRefusal.UNKNOWN
        if customer.telegram_id != telegram_id:
            return ChatRefusal.STRANGER
        if customer.barred_at is not None:
            return ChatRefusal.BARRED
        if await self._has_it(uow, customer, order, attempt.provider):
            return ChatRefusal.PAID
        return await self._find_refusal(uow, order, attempt, amount)

    async def _find_refusal(
        self, uow: UnitOfWork, order: Order, attempt: CheckoutAttempt, amount: Money
    ) -> ChatRefusal | None:
        """Return the reason why the customer must open another checkout or cannot buy. Return None if there is none."""
        if await self._is_closed(order, attempt):
            return ChatRefusal.CLOSED
        plan = await uow.plans.get(order.plan_id)
        if plan is None or not plan.active or not await self.browse_plans.sellable(uow, plan):
            return ChatRefusal.GONE
        return None if amount == asked_by(attempt, order) else ChatRefusal.CHANGED

    async def _is_closed(self, order: Order, attempt: CheckoutAttempt) -> bool:
        if order.status is not OrderStatus.OPEN or attempt.status is AttemptStatus.CLOSED:
            return True
        # The clock is confirmed, so that a slow clock neither refuses nor approves a charge.
        return attempt.expires_at <= await self.clock.confirm()

    async def _has_it(self, uow: UnitOfWork, customer: Customer, order: Order, provider: str) -> bool:
        if order.status is OrderStatus.PAID:
            return True
        if order.for_another:
            return False
        capabilities = self.gateways.descriptors()[provider].capabilities
        renews = payment_policy.renews_by(capabilities, is_recurring=order.recurring)
        live = await uow.subscriptions.live_for(customer.id, order.plan_id)
        if live is None:
            return False
        came = went_over(live, await uow.subscriptions.changes_of(live.id))
        return not payment_policy.extends(order, live, renews=renews, went_over=came)
