"""Automatic refund of payments that bought nothing: a duplicate payment, together with the second subscription that it
created, and partial payments of an order that was closed or was paid in full by another payment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypedDict

import structlog

from subscriptions.application.alarms import payment_causes
from subscriptions.application.alarms.alarm_kind import AlarmLink, ByCheck, News, OfPurchase
from subscriptions.application.payments.refunds import payer_of
from subscriptions.domain.entities.payment import FlagReason, Payment, PaymentStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import PaymentFlagged
from subscriptions.domain.ids import CustomerId, PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    GatewayRegistry,
    GatewayRejected,
    PaymentGateway,
    RefundsPayments,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.ports.writing.payments import PAYMENTS

log = structlog.get_logger(__name__)

_REASONS: Final = {
    FlagReason.SECOND_CAPTURE: "the order was paid before",
    FlagReason.ORDER_CLOSED: "its order is closed",
}


class FlaggedPayment(OfPurchase):
    """Alarm: a payment is under review and gives no access. Each subclass is named after its review reason. `reason`:
    reason why the payment was not refunded.
    """

    closes = ByCheck(payment_causes.is_decided)
    link = AlarmLink.REFUND
    reason: str | None = None


class AmountMismatch(FlaggedPayment):
    name = FlagReason.AMOUNT_MISMATCH.value


class CustomerMismatch(FlaggedPayment):
    name = FlagReason.CUSTOMER_MISMATCH.value


class SecondCapture(FlaggedPayment):
    name = FlagReason.SECOND_CAPTURE.value


class SubscriptionOver(FlaggedPayment):
    name = FlagReason.SUBSCRIPTION_OVER.value


class OrderClosed(FlaggedPayment):
    name = FlagReason.ORDER_CLOSED.value


class ReturnedPayment(OfPurchase):
    """Alarm: a payment was refunded automatically. `subscription`: the provider's reference, if a subscription was
    ended too.
    """

    closes = News()
    amount: Money
    subscription: str | None = None


class SecondCaptureReturned(ReturnedPayment):
    name = "second_capture_returned"


class OrderClosedReturned(ReturnedPayment):
    name = "order_closed_returned"


_FLAG_ALARMS: Final[Mapping[str, type[FlaggedPayment]]] = {kind.name: kind for kind in FlaggedPayment.__subclasses__()}
"""Kind of alarm about a payment that was not refunded, keyed by review reason."""
RETURN_ALARMS: Final[Mapping[FlagReason, type[ReturnedPayment]]] = {
    FlagReason.SECOND_CAPTURE: SecondCaptureReturned,
    FlagReason.ORDER_CLOSED: OrderClosedReturned,
}
"""Kind of alarm about a payment that was refunded, keyed by review reason."""


@dataclass(frozen=True)
class ReturnPayment:
    """Job that refunds a duplicate payment, or a partial payment that bought nothing. The job can be repeated safely:
    the idempotency key is derived from the payment's id, and a subscription is ended only once.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock

    async def __call__(self, payment_id: PaymentId, subscription_ref: str) -> None:
        """Refund the payment. `subscription_ref`: the provider's reference of the second subscription; empty if there
        is none.

        Raises GatewayUnavailable, after which the job runs again, and GatewayRejected, after which the owners are
        alerted and the job is kept.
        """
        async with self.units() as uow:
            payment = await uow.payments.get(payment_id)
        if payment is None or payment.flag is None or payment.flag not in RETURN_ALARMS:
            return
        gateway = self.gateways.get(payment.provider)
        if gateway is None:
            raise RetryLater(f"provider {payment.provider} is not configured in this process")
        if payment.flag is FlagReason.ORDER_CLOSED and payment.returning_since is None:
            await self._decide(payment.id, returns=isinstance(gateway, RefundsPayments))
            return
        try:
            is_ended = await self._end(gateway, payment.provider, subscription_ref)
            is_returned = await self._return(gateway, payment)
        except GatewayRejected as refusal:
            await self._tell(payment, _FLAG_ALARMS[payment.flag](**_order(payment), reason=str(refusal)))
            raise
        if is_returned:
            ref = subscription_ref if is_ended else None
            alarm = RETURN_ALARMS[payment.flag](**_order(payment), amount=payment.amount, subscription=ref)
            await self._tell(payment, alarm)
        elif payment.returning_since is not None:
            await self._tell(
                payment, _FLAG_ALARMS[payment.flag](**_order(payment), reason="the provider gave nothing back")
            )

    async def _decide(self, payment_id: PaymentId, *, returns: bool) -> None:
        """Record whether a partial payment of a closed order is refunded, and notify the customer. This was unknown
        when the order was closed, because not every provider can refund.
        """
        async with self.units() as uow:
            payment = await uow.payments.get(payment_id)
            if payment is None or payment.returning_since is not None or not payment.under_review:
                return
            if returns:
                payment.give_back(self.clock.now())
                await uow.write(PAYMENTS).save(payment)
            reason = str(payment.flag)
            event = PaymentFlagged(
                payment.id, payment.customer_id, payment.order_id, reason, returns=returns, at=self.clock.now()
            )
            uow.record(event)
            await uow.commit()

    async def _end(self, gateway: PaymentGateway, provider: str, subscription_ref: str) -> bool:
        """End the second subscription, so that no further charge follows. Return True if the provider ended it. A
        subscription that is recorded as live is not ended, whatever the event reported.
        """
        if not subscription_ref:
            return False
        async with self.units() as uow:
            subscription = await uow.subscriptions.by_provider_ref(provider, subscription_ref)
        if subscription is not None and subscription.live:
            return False
        return await gateway.cancel_subscription(subscription_ref, at_period_end=False)

    async def _return(self, gateway: PaymentGateway, payment: Payment) -> bool:
        if payment.status is PaymentStatus.REFUNDED:
            return True
        if payment.returning_since is None or not isinstance(gateway, RefundsPayments):
            return False
        async with self.units() as uow:
            payer = await payer_of(uow, payment)
        return await gateway.refund_payment(
            payment.payment_key,
            None,
            idempotency_key=f"return:{payment.id}",
            telegram_id=payer,
        )

    async def _tell(self, payment: Payment, alarm: FlaggedPayment | ReturnedPayment) -> None:
        kind, facts = alarm.name, alarm.facts()
        log.warning("payment in vain", outcome=kind, **facts)
        async with self.units() as uow:
            await uow.audit.record(
                actor="system",
                action=f"payment.{kind}",
                subject=str(payment.id),
                reason=_REASONS[payment.flag or FlagReason.SECOND_CAPTURE],
                at=self.clock.now(),
                facts=facts,
            )
            # A rejection has its own key, because its cause may be removed and the refund may still succeed.
            uow.record(alarm.raise_event(f"{kind}:{payment.id}", self.clock.now()))
            await uow.commit()


class _Order(TypedDict):
    order: str
    customer: CustomerId


def _order(payment: Payment) -> _Order:
    return _Order(order=payment.reference, customer=payment.customer_id)
