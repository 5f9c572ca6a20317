"""A dispute whose end nobody told: the provider is asked every day, and what never ends is told to the owners."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.dto import jobs
from subscriptions.application.inbox.receive_webhook import store_if_new
from subscriptions.application.payments.money_back import LOOK_EVERY
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import SETTLED, Dispute, DisputeStatus
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import INQUIRY
from subscriptions.domain.ports.payment_gateway import (
    FetchesDisputes,
    GatewayError,
    GatewayRegistry,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

LONG: Final = timedelta(days=100)
"""When a dispute should have ended: banks take two or three months."""
AGAIN: Final = timedelta(days=30)
"""How long after an alarm the next one comes."""


class WatchDispute:
    """Looks, and looks again every day while it is undecided: its customer is out, and cannot buy again."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock

    async def __call__(self, provider: str, dispute_key: str) -> None:
        """Nothing happens where it has ended."""
        now = self._clock.now()
        async with self._units() as uow:
            dispute = await uow.reversals.dispute_by_key(provider, dispute_key)
            if dispute is None or dispute.status in SETTLED:
                return
            # First of all: whatever fails below, there is another look.
            look = jobs.WatchDispute(provider=provider, dispute_key=dispute_key)
            await uow.enqueue(look.later(now + LOOK_EVERY, dispute.id))
            await uow.commit()
        present = await self._asked(dispute)
        async with self._units() as uow:
            payment = await uow.payments.get(dispute.payment_id)
            if payment is None:
                return
            if present is not None and _is_news(present, dispute):
                # What the dispute is about we know better than a provider that names no more than a charge.
                event = replace(present, payment_key=dispute.dispute_key, about_payment=payment.payment_key)
                if await store_if_new(uow, event, now):
                    log.info("dispute changed, found by asking", provider=provider, dispute=dispute_key)
            if dispute.status is DisputeStatus.OPEN and now >= dispute.opened_at + LONG:
                await _alarm(uow, dispute, payment, (now - dispute.opened_at - LONG) // AGAIN)
            await uow.commit()

    async def _asked(self, dispute: Dispute) -> PaymentEvent | None:
        """None also where the provider does not answer: tomorrow is another look."""
        gateway = self._gateways.get(dispute.provider)
        if not isinstance(gateway, FetchesDisputes):
            return None
        try:
            return await gateway.fetch_dispute(dispute.dispute_key)
        except GatewayError as error:
            log.warning("dispute not asked about", dispute=dispute.dispute_key, reason=str(error))
            return None


def _is_news(present: PaymentEvent, dispute: Dispute) -> bool:
    if present.kind is PaymentEventKind.DISPUTE_CLOSED:
        return True
    return dispute.status is DisputeStatus.INQUIRY and present.reason != INQUIRY


async def _alarm(uow: UnitOfWork, dispute: Dispute, payment: Payment, number: int) -> None:
    order, customer = await uow.orders.get(payment.order_id), await uow.customers.get(payment.customer_id)
    facts = {
        "order": order.reference if order else "-",
        "amount": str(payment.amount),
        "telegram_id": str(customer.telegram_id) if customer else "-",
    }
    uow.record(AlarmRaised(f"dispute_long:{dispute.id}:{number}", "dispute_long", tuple(facts.items())))
