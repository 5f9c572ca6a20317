"""A dispute that never ends: its customer stays out, and cannot buy again, until somebody looks."""

from datetime import timedelta
from typing import Final

from subscriptions.application.dto import jobs
from subscriptions.domain.entities.reversal import DisputeStatus
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

AGAIN: Final = timedelta(days=30)
"""How long after an alarm the next one comes."""


class WatchDispute:
    """Looks, and looks again later while it is open."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def __call__(self, provider: str, dispute_key: str) -> None:
        """Nothing happens where it has ended."""
        now = self._clock.now()
        async with self._units() as uow:
            dispute = await uow.reversals.dispute_by_key(provider, dispute_key)
            payment = await uow.payments.get(dispute.payment_id) if dispute is not None else None
            if dispute is None or dispute.status is not DisputeStatus.OPEN or payment is None:
                return
            order = await uow.orders.get(payment.order_id)
            customer = await uow.customers.get(payment.customer_id)
            facts = {
                "order": order.reference if order else "-",
                "amount": str(payment.amount),
                "telegram_id": str(customer.telegram_id) if customer else "-",
            }
            uow.record(AlarmRaised(f"dispute_long:{dispute.id}:{now:%Y-%m}", "dispute_long", tuple(facts.items())))
            look = jobs.WatchDispute(provider=provider, dispute_key=dispute_key)
            await uow.enqueue(look.later(now + AGAIN, dispute.id))
            await uow.commit()
