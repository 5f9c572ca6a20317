"""Check for refund requests that have neither a job nor a result. The use cases that request a refund always queue its
job in the same transaction, so another program must have written such a request.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmLink, ByPerson, OfPurchase
from subscriptions.application.subscriptions.money_left import fail_request
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(hours=1)
"""Age of a refund request at which a missing job is reported. Request and job are written in one transaction."""
_REASON: Final = "no job carries it out"


class RefundIdle(OfPurchase):
    """Alarm: a stored refund request has no job, which means that another program can store such requests."""

    name = "refund_idle"
    closes = ByPerson("the author of the record, and whether the author can still write, are not recorded")
    link = AlarmLink.REFUND
    amount: Money


IdleWishes = Callable[[datetime], Awaitable[Sequence[RefundRequest]]]
"""Function that returns the refund requests stored before a given time, or dated in the future, that have neither a
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
        for request in await self.idle_wishes(now):
            async with self.units() as uow:
                payment = await uow.payments.get(request.payment_id)
                if payment is None:
                    continue
                # The lock serialises this with staff who may be refunding the payment.
                await uow.orders.get(payment.order_id, lock=True)
                await fail_request(uow, payment, request.operation, _REASON, now)
                alarm = RefundIdle(order=payment.reference, customer=payment.customer_id, amount=request.amount)
                uow.record(alarm.raise_event(f"{alarm.name}:{payment.id}:{request.operation}", now))
                await uow.commit()
            log.warning("a refund was asked for and has no job", payment=payment.reference)
