"""Check for refund requests that have neither a job nor a result. The refund command always queues the job with the
request, so another program must have written such a request.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmLink, ByPerson, OfPurchase
from subscriptions.application.subscriptions.money_left import REFUND_FAILED
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(hours=1)
"""Age of a refund request at which a missing job is reported. Request and job are written in one transaction."""
_REASON: Final = "no job carries it out"


class RefundIdle(OfPurchase):
    """Alarm: a recorded refund request has no job, which means that another program can write into the audit log."""

    name = "refund_idle"
    closes = ByPerson("the author of the record, and whether the author can still write, are not recorded")
    link = AlarmLink.REFUND
    amount: Money


@dataclass(frozen=True, kw_only=True)
class IdleWish:
    """Refund request without a job. `minor`: the recorded amount in minor units; None if it is not a number."""

    payment_id: PaymentId
    operation: str
    minor: int | None


IdleWishes = Callable[[datetime], Awaitable[Sequence[IdleWish]]]
"""Function that returns the refund requests recorded before a given time, or dated in the future, that have neither a
job nor a result.
"""


@dataclass(frozen=True)
class WatchWishes:
    """Job that cancels idle refund requests, so that the payment can be refunded, and alerts the owners."""

    units: UnitOfWorkFactory
    clock: Clock
    idle_wishes: IdleWishes

    async def __call__(self) -> None:
        """Cancel the idle requests. Idempotent. Raises RetryLater."""
        now = self.clock.now()
        for wish in await self.idle_wishes(now):
            async with self.units() as uow:
                payment = await uow.payments.get(wish.payment_id)
                if payment is None:
                    continue
                # The lock serialises this with staff who may be refunding the payment.
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
