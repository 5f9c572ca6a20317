"""Orders whose webhook may never come: the provider is asked what became of their checkouts."""

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum, auto
from typing import Final

import structlog

from subscriptions.application.dto import jobs
from subscriptions.application.handlers.customers import known_customer
from subscriptions.domain.entities.order import CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.events import WebhookStored
from subscriptions.domain.ids import InboxId, OrderId, TelegramId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    CheckoutState,
    FetchesCheckouts,
    GatewayRegistry,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.ports.webhook_inbox import InboxEntry, InboxStatus

log = structlog.get_logger(__name__)

NEXT_LOOK: Final = timedelta(minutes=5)
LAST_LOOK: Final = timedelta(minutes=15)
"""How long after its end an order is still asked about."""


class Finding(Enum):
    """What asking the provider brought: nothing paid · paid, to be confirmed · a payment, being applied now."""

    NOTHING = auto()
    PENDING = auto()
    FOUND = auto()


class CheckOrder:
    """Asks about one order, and puts what it learns where a webhook would have put it."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock

    async def __call__(self, order_id: OrderId) -> bool:
        """Whether something was learnt. Raises gateway errors."""
        return await self.look(order_id) is Finding.FOUND

    async def look(self, order_id: OrderId) -> Finding:
        """What the provider says about the order's checkouts. Raises gateway errors."""
        async with self._units() as uow:
            order = await uow.orders.get(order_id)
            attempts = await uow.orders.attempts(order_id) if order is not None else []
        if order is None or order.status is OrderStatus.PAID:
            return Finding.NOTHING
        states = [state for attempt in attempts if (state := await self._ask(attempt)) is not None]
        learnt = [state.event for state in states if state.event is not None]
        news = await self._keep(order, learnt)
        if news or any(_pays(event) for event in learnt):
            return Finding.FOUND
        return Finding.PENDING if any(state.pending for state in states) else Finding.NOTHING

    async def _ask(self, attempt: CheckoutAttempt) -> CheckoutState | None:
        gateway = self._gateways.get(attempt.provider)
        if attempt.session_ref is None or not isinstance(gateway, FetchesCheckouts):
            return None
        return await gateway.fetch_checkout(attempt.session_ref)

    async def _keep(self, order: Order, learnt: Sequence[PaymentEvent]) -> bool:
        """Whether any of it is news. A part of the price ends no asking: the rest may come at another page."""
        now, news = self._clock.now(), False
        async with self._units() as uow:
            for event in learnt:
                entry = InboxEntry(
                    id=InboxId(new_uuid()), event=event, body=b"", status=InboxStatus.PENDING, received_at=now
                )
                if await uow.inbox.add_if_new(entry):
                    news = True
                    uow.record(WebhookStored(entry.id))
                    log.info("payment found by asking", order=order.reference, provider=event.provider)
            if not any(_pays(event) for event in learnt) and now < order.expires_at + LAST_LOOK:
                await uow.enqueue(jobs.CheckOrder(order_id=order.id).later(now + NEXT_LOOK, order.id))
            await uow.commit()
        return news


def _pays(event: PaymentEvent) -> bool:
    """Whether it settles the order: less than was asked for does not."""
    return event.kind is not PaymentEventKind.PAYMENT_FAILED


class VerifyPayments:
    """The same for one person, when they say that they have paid."""

    def __init__(self, units: UnitOfWorkFactory, check: CheckOrder) -> None:
        self._units = units
        self._check = check

    async def __call__(self, telegram_id: TelegramId) -> Finding:
        """The best there is to say about all their open orders. Raises gateway errors."""
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            found = await uow.orders.open_of(customer.id)
        answers = [await self._check.look(order.id) for order in found]
        return max(answers, key=lambda finding: finding.value, default=Finding.NOTHING)
