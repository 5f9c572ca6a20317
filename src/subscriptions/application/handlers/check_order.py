"""Orders whose webhook may never come: the provider is asked what became of their checkouts."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.dto import jobs
from subscriptions.application.handlers.customers import known_customer
from subscriptions.domain.entities.order import CheckoutAttempt, Order, OrderStatus
from subscriptions.domain.events import WebhookStored
from subscriptions.domain.ids import InboxId, OrderId, TelegramId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import FetchesCheckouts, GatewayRegistry, PaymentEvent
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.ports.webhook_inbox import InboxEntry, InboxStatus

log = structlog.get_logger(__name__)

NEXT_LOOK: Final = timedelta(minutes=5)
LAST_LOOK: Final = timedelta(minutes=15)
"""How long after its end an order is still asked about."""


class CheckOrder:
    """Asks about one order, and puts what it learns where a webhook would have put it."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock

    async def __call__(self, order_id: OrderId) -> bool:
        """Whether something was learnt. Raises gateway errors."""
        async with self._units() as uow:
            order = await uow.orders.get(order_id)
            attempts = await uow.orders.attempts(order_id) if order is not None else []
        if order is None or order.status is OrderStatus.PAID:
            return False
        learnt = [event for attempt in attempts if (event := await self._ask(attempt)) is not None]
        await self._keep(order, learnt)
        return bool(learnt)

    async def _ask(self, attempt: CheckoutAttempt) -> PaymentEvent | None:
        gateway = self._gateways.get(attempt.provider)
        if attempt.session_ref is None or not isinstance(gateway, FetchesCheckouts):
            return None
        state = await gateway.fetch_checkout(attempt.session_ref)
        return state.event if state is not None else None

    async def _keep(self, order: Order, learnt: Sequence[PaymentEvent]) -> None:
        now = self._clock.now()
        async with self._units() as uow:
            for event in learnt:
                entry = InboxEntry(
                    id=InboxId(new_uuid()), event=event, body=b"", status=InboxStatus.PENDING, received_at=now
                )
                if await uow.inbox.add_if_new(entry):
                    uow.record(WebhookStored(entry.id))
                    log.info("payment found by asking", order=order.reference, provider=event.provider)
            if not learnt and now < order.expires_at + LAST_LOOK:
                await uow.enqueue(jobs.CheckOrder(order_id=order.id).later(now + NEXT_LOOK, order.id))
            await uow.commit()


class VerifyPayments:
    """The same for one person, when they say that they have paid."""

    def __init__(self, units: UnitOfWorkFactory, check: CheckOrder) -> None:
        self._units = units
        self._check = check

    async def __call__(self, telegram_id: TelegramId) -> bool:
        """Whether a payment was found that nobody had told us of. Raises gateway errors."""
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            found = [await uow.orders.open_for(customer.id, plan.id) for plan in await uow.plans.all(active_only=False)]
        answers = [await self._check(order.id) for order in found if order is not None]
        return any(answers)
