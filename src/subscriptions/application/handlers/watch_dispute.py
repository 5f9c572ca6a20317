"""A dispute whose end nobody told: the provider is asked every day, and what never ends is told to the owners."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.dto import jobs
from subscriptions.application.services.asked_events import store_if_new
from subscriptions.application.services.money_back import LOOK_EVERY
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import FetchesDisputes, GatewayRegistry, PaymentEvent, PaymentEventKind
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

LONG: Final = timedelta(days=100)
"""When a dispute should have ended: banks take two or three months."""
AGAIN: Final = timedelta(days=30)
"""How long after an alarm the next one comes."""


class WatchDispute:
    """Looks, and looks again every day while it is open: its customer is out, and cannot buy again."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock

    async def __call__(self, provider: str, dispute_key: str) -> None:
        """Nothing happens where it has ended. Raises gateway errors."""
        now = self._clock.now()
        async with self._units() as uow:
            dispute = await uow.reversals.dispute_by_key(provider, dispute_key)
            if dispute is None or dispute.status is not DisputeStatus.OPEN:
                return
            # First of all: whatever fails below, there is another look.
            look = jobs.WatchDispute(provider=provider, dispute_key=dispute_key)
            await uow.enqueue(look.later(now + LOOK_EVERY, dispute.id))
            await uow.commit()
        present = await self._asked(provider, dispute_key)
        async with self._units() as uow:
            await self._note(uow, dispute, present, now)
            await uow.commit()

    async def _asked(self, provider: str, dispute_key: str) -> PaymentEvent | None:
        gateway = self._gateways.get(provider)
        if not isinstance(gateway, FetchesDisputes):
            return None
        return await gateway.fetch_dispute(dispute_key)

    async def _note(self, uow: UnitOfWork, dispute: Dispute, present: PaymentEvent | None, now: datetime) -> None:
        if present is not None and present.kind is PaymentEventKind.DISPUTE_CLOSED:
            if await store_if_new(uow, present, now):
                log.info("end of a dispute found by asking", provider=dispute.provider, dispute=dispute.dispute_key)
        elif now >= dispute.opened_at + LONG:
            await self._alarm(uow, dispute, (now - dispute.opened_at - LONG) // AGAIN)

    async def _alarm(self, uow: UnitOfWork, dispute: Dispute, number: int) -> None:
        payment = await uow.payments.get(dispute.payment_id)
        order = await uow.orders.get(payment.order_id) if payment is not None else None
        customer = await uow.customers.get(payment.customer_id) if payment is not None else None
        facts = {
            "order": order.reference if order else "-",
            "amount": str(payment.amount) if payment else "-",
            "telegram_id": str(customer.telegram_id) if customer else "-",
        }
        uow.record(AlarmRaised(f"dispute_long:{dispute.id}:{number}", "dispute_long", tuple(facts.items())))
