"""Job that makes a refund requested by staff. The customer is notified when the provider reports the refund."""

from dataclasses import dataclass

import structlog

from subscriptions.application.alarms import payment_causes
from subscriptions.application.alarms.alarm_kind import AlarmLink, ByCheck, ByPerson, OfPurchase
from subscriptions.application.dto import jobs
from subscriptions.application.payments.refunds import payer_of
from subscriptions.application.subscriptions.money_left import accept_request, fail_request
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import GIVEN_BY_HAND
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, GatewayRejected, RefundsPayments
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class RefundFailed(OfPurchase):
    """Alarm: a refund that staff requested failed."""

    name = "refund_failed"
    closes = ByCheck(payment_causes.given_after_all)
    link = AlarmLink.REFUND
    amount: Money
    reason: str


class JobUnsigned(OfPurchase):
    """Alarm: a refund job has no recorded request, which means that another program can write into the job queue."""

    name = "job_unsigned"
    closes = ByPerson("the author of the record, and whether the author can still write, are not recorded")
    job: str
    amount: Money


@dataclass(frozen=True)
class RefundPayment:
    """Job that requests a refund from the provider. An idempotency key prevents a double refund.

    A queued job alone does not cause a refund. The request must be stored for this payment and this amount, and only
    the logins of use cases that may refund can store it (`grants`).
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock

    async def __call__(self, payment_id: PaymentId, minor: int, key: str) -> None:
        """Request the refund. Raises RetryLater and GatewayUnavailable.

        A rejection is reported to the owners and cancels the request. A job without a stored request refunds nothing
        and raises an alarm.
        """
        async with self.units() as uow:
            payment = await uow.payments.get(payment_id)
            if payment is None:
                return
            payer = await payer_of(uow, payment)
            requests = await uow.of(FACTS_KEY).requests_of(payment.id)
            request = next((each for each in requests if each.operation == key), None)
            if request is None or request.amount.minor != minor or key.startswith(GIVEN_BY_HAND):
                now, amount = self.clock.now(), Money(minor, payment.amount.currency)
                alarm = JobUnsigned(
                    job=jobs.RefundPayment.name, customer=payment.customer_id, order=payment.reference, amount=amount
                )
                # The alarm is raised once a day.
                uow.record(alarm.raise_event(f"{alarm.name}:{alarm.job}:{payment.id}:{now:%Y-%m-%d}", now))
                await uow.commit()
                return
            if request.failed_at is not None or request.accepted_at is not None:
                # An earlier run has completed, and its result is recorded.
                return
        gateway = self.gateways.get(payment.provider)
        if gateway is None:
            raise RetryLater(f"provider {payment.provider} is not configured in this process")
        amount = Money(minor, payment.amount.currency)
        if not isinstance(gateway, RefundsPayments):
            await self._raise_alarm(payment, amount, key, "the provider gives nothing back by itself")
            return
        try:
            is_given = await gateway.refund_payment(
                payment.payment_key,
                None if amount == payment.amount else amount,
                idempotency_key=f"staff:{key}",
                telegram_id=payer,
            )
        except GatewayRejected as refusal:
            await self._raise_alarm(payment, amount, key, str(refusal))
            return
        if not is_given:
            await self._raise_alarm(payment, amount, key, "the provider gave nothing back")
            return
        async with self.units() as uow:
            await accept_request(uow, payment, key, self.clock.now())
            await uow.commit()
        log.info("refund asked for", payment=payment.reference, amount=str(amount))

    async def _raise_alarm(self, payment: Payment, amount: Money, key: str, reason: str) -> None:
        alarm = RefundFailed(order=payment.reference, customer=payment.customer_id, amount=amount, reason=reason)
        async with self.units() as uow:
            await fail_request(uow, payment, key, reason, self.clock.now())
            uow.record(alarm.raise_event(f"refund_failed:{payment.id}:{amount.minor}:{key}", self.clock.now()))
            await uow.commit()
