"""Polling of an order's checkouts at the provider, in case no webhook reports the payment."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

import structlog

from subscriptions.application.dto import jobs
from subscriptions.application.inbox.receive_webhook import store_if_new
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.check_page import close_pages, is_gone
from subscriptions.domain.entities.order import AttemptStatus, CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.ids import OrderId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    CheckoutState,
    FetchesCheckouts,
    GatewayRegistry,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

NEXT_LOOK: Final = timedelta(minutes=5)
SLOW_LOOK: Final = timedelta(hours=1)
"""Time between two polls of an order older than this while a bank decides about its payment."""
BANK_DECIDES: Final = timedelta(days=21)
"""Maximum time for which an order stays open while a bank decides about its payment. Direct debits may take 14 business
days.
"""
LAST_LOOK: Final = timedelta(minutes=15)
"""Time after an order's expiry for which the order is still polled."""


class PaymentCheck(Enum):
    """Result of polling an order: no payment, a payment that is pending confirmation, or a payment that is being
    applied now.
    """

    NOTHING = auto()
    PENDING = auto()
    FOUND = auto()


@dataclass(frozen=True)
class CheckOrder:
    """Use case that polls the checkouts of one order, and stores a payment found in the same way as a webhook."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock

    async def __call__(self, order_id: OrderId) -> bool:
        """Poll the order's checkouts, and return True if a new payment event was found. Raises gateway errors."""
        return await self.look(order_id) is PaymentCheck.FOUND

    async def look(self, order_id: OrderId) -> PaymentCheck:
        """Poll the order's checkouts, and return the result. Raises gateway errors."""
        async with self.units() as uow:
            order = await uow.orders.get(order_id)
            attempts = await uow.orders.attempts(order_id) if order is not None else []
        pages = [attempt for attempt in attempts if attempt.session_ref is not None]
        # If a paid order has only one checkout, there is nothing to check. If it has several, another one may have been
        # paid without a report.
        if order is None or (order.status is OrderStatus.PAID and len(pages) == 1):
            return PaymentCheck.NOTHING
        answers = [(attempt, state) for attempt in pages if (state := await self._ask(attempt)) is not None]
        states = [state for _, state in answers]
        gone_numbers = {attempt.number for attempt, state in answers if is_gone(state)}
        pending_numbers = {attempt.number for attempt, state in answers if state.pending}
        events = [state.event for state in states if state.event is not None]
        news = await self._keep(order, states, gone_numbers, pending_numbers)
        if news or any(_pays(event) for event in events):
            return PaymentCheck.FOUND
        return PaymentCheck.PENDING if pending_numbers else PaymentCheck.NOTHING

    async def _ask(self, attempt: CheckoutAttempt) -> CheckoutState | None:
        gateway = self.gateways.get(attempt.provider)
        if attempt.session_ref is None or not isinstance(gateway, FetchesCheckouts):
            return None
        return await gateway.fetch_checkout(attempt.session_ref)

    async def _keep(
        self, order: Order, states: Sequence[CheckoutState], gone_numbers: Set[int], pending_numbers: Set[int]
    ) -> bool:
        """Store new payment events, and return True if there were any. Schedule the next poll while a payment may still
        arrive, even after a partial payment.

        gone_numbers: numbers of checkouts that can no longer be paid
        pending_numbers: numbers of checkouts with a payment about which the bank has not decided yet
        """
        now, news = self.clock.now(), False
        async with self.units() as uow:
            if gone_numbers:
                await close_pages(uow, order.id, gone_numbers)
            for event in (state.event for state in states if state.event is not None):
                if await _is_counted(uow, order, event):
                    continue
                if await store_if_new(uow, event, now):
                    news = True
                    log.info("payment found by asking", order=order.reference, provider=event.provider)
            if pending_numbers:
                order = await _wait_for_bank(uow, order, pending_numbers, now)
            if _may_be_paid(order, states) and now < order.expires_at + LAST_LOOK:
                is_slow = bool(pending_numbers) and now - order.created_at >= SLOW_LOOK
                look = jobs.CheckOrder(order_id=order.id)
                await uow.enqueue(look.delayed_job(now + (SLOW_LOOK if is_slow else NEXT_LOOK), order.id))
            await uow.commit()
        return news


async def _wait_for_bank(uow: UnitOfWork, order: Order, numbers: Set[int], now: datetime) -> Order:
    """Keep an order and its pending checkouts open beyond the next poll, so that the customer is not asked to pay again
    while the bank decides. Return the order in its current state.
    """
    fresh = await uow.orders.get(order.id, lock=True) or order
    until = min(now + 2 * SLOW_LOOK, order.created_at + BANK_DECIDES)
    if fresh.status is not OrderStatus.OPEN or until <= fresh.expires_at:
        return fresh
    fresh.expires_at = until
    await uow.orders.save(fresh)
    for attempt in await uow.orders.attempts(order.id):
        if attempt.number in numbers and attempt.status is AttemptStatus.OPEN:
            attempt.expires_at = max(attempt.expires_at, until)
            await uow.orders.save_attempt(attempt)
    return fresh


async def _is_counted(uow: UnitOfWork, order: Order, event: PaymentEvent) -> bool:
    """Return True if the event is the payment that already paid the order. A paid order is polled only for its other
    checkouts.
    """
    if order.status is not OrderStatus.PAID or event.payment_key is None:
        return False
    return await uow.payments.by_key(event.provider, event.payment_key) is not None


def _may_be_paid(order: Order, states: Sequence[CheckoutState]) -> bool:
    """Return True if a payment may still arrive: the order is unpaid, or one of its checkouts can still be paid."""
    is_paid = order.status is OrderStatus.PAID or any(state.event and _pays(state.event) for state in states)
    return not is_paid or any(not state.paid and not state.expired for state in states)


def _pays(event: PaymentEvent) -> bool:
    """Return True if the event is a payment of the full amount. A partial payment returns False."""
    return event.kind is not PaymentEventKind.PAYMENT_FAILED


@dataclass(frozen=True)
class VerifyPayments:
    """Use case that polls all open orders of a customer who reports that they paid."""

    units: UnitOfWorkFactory
    check_order: CheckOrder

    async def __call__(self, telegram_id: TelegramId, lapsed_id: OrderId | None = None) -> PaymentCheck:
        """Return the best result of polling the customer's open orders and one expired order, which may have been paid
        without a webhook.

        lapsed_id: id of the expired order; None to poll only open orders. Raises gateway errors.
        """
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            order_ids = [order.id for order in await uow.orders.open_of(customer.id)]
        answers = [
            await self.check_order.look(order_id) for order_id in [*order_ids, *([lapsed_id] if lapsed_id else [])]
        ]
        return max(answers, key=lambda check: check.value, default=PaymentCheck.NOTHING)
