"""Refunds that somebody asked for and that nothing carries out: whoever wrote the wish down did not queue its job."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import ByPerson, OfPurchase, Way
from subscriptions.application.subscriptions.money_left import REFUND_FAILED
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(hours=1)
"""How long a wish may be on record without its job; both are written in one transaction."""
_REASON: Final = "no job carries it out"


class RefundIdle(OfPurchase):
    """A refund was asked for, and its job is not there: somebody else writes into the audit log."""

    name = "refund_idle"
    closes = ByPerson("who wrote it, and whether they still can, no row of ours says")
    way = Way.REFUND
    amount: Money


@dataclass(frozen=True, kw_only=True)
class IdleWish:
    """One of them. minor: as it was written down, None where that is no amount."""

    payment_id: PaymentId
    operation: str
    minor: int | None


IdleWishes = Callable[[datetime], Awaitable[Sequence[IdleWish]]]
"""Those that were written down before a moment, or for a later one than now, and have neither a job nor a result."""


@dataclass(frozen=True)
class WatchWishes:
    """Has such a wish count no more, so that the payment can be refunded, and tells the owners."""

    units: UnitOfWorkFactory
    clock: Clock
    idle_wishes: IdleWishes

    async def __call__(self) -> None:
        """Repeating it changes nothing. Raises RetryLater."""
        now = self.clock.now()
        for wish in await self.idle_wishes(now):
            async with self.units() as uow:
                payment = await uow.payments.get(wish.payment_id)
                if payment is None:
                    continue
                # In line with staff, who may be giving it back.
                await uow.orders.get(payment.order_id, lock=True)
                await uow.audit.record(
                    actor="system",
                    action=REFUND_FAILED,
                    subject=str(payment.id),
                    reason=_REASON,
                    at=now,
                    facts={"operation": wish.operation},
                )
                amount = Money(wish.minor or 0, payment.amount.currency)
                alarm = RefundIdle(order=payment.reference, customer=payment.customer_id, amount=amount)
                uow.record(alarm.raise_event(f"{alarm.name}:{payment.id}:{wish.operation}", now))
                await uow.commit()
            log.warning("a refund was asked for and has no job", payment=payment.reference)
