"""Giving money back: wanted by somebody of staff, carried out by the provider, told once its own word of it arrives."""

from uuid import UUID

import structlog

from subscriptions.application.alarms import payment_causes
from subscriptions.application.alarms.alarm_kind import ByCheck, ByPerson, OfPurchase, Way
from subscriptions.application.dto import jobs
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.subscriptions.money_left import FAILED, asked_back, left_of, wanted_back
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.errors import InvalidInput, RetryLater, UmbralError
from subscriptions.domain.events import RefundWanted
from subscriptions.domain.ids import PaymentId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, GatewayRejected, RefundsPayments
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

log = structlog.get_logger(__name__)


class RefundFailed(OfPurchase):
    """Staff wanted money to go back, and it does not."""

    name = "refund_failed"
    closes = ByCheck(payment_causes.given_after_all)
    way = Way.REFUND
    amount: Money
    reason: str


class NotRefundable(UmbralError):
    """There is no such payment, or its provider gives nothing back by itself."""


class WantRefund:
    """Writes the wish down with its job; money moves afterwards."""

    def __init__(
        self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk, gateways: GatewayRegistry
    ) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk
        self._gateways = gateways

    async def __call__(
        self, actor: TelegramId, payment_id: PaymentId, amount: Money, why: str, operation: UUID
    ) -> Payment:
        """operation: a repetition gives nothing back twice.

        Raises NotAllowed, NotRefundable, InvalidInput("amount") for more than is left of the payment.
        """
        now, mark = self._clock.now(), str(operation)
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.REFUND_PAYMENT)
            payment = await uow.payments.get(payment_id)
            if payment is None or not isinstance(self._gateways.get(payment.provider), RefundsPayments):
                raise NotRefundable(str(payment_id))
            # Two who give back at once line up at the order.
            await uow.orders.get(payment.order_id, lock=True)
            if mark in await wanted_back(uow, payment):
                return payment
            left = await left_of(uow, payment)
            if amount.currency != left.currency or not Money(0, left.currency) < amount or left < amount:
                raise InvalidInput("amount", f"must be more than nothing and at most {left}")
            facts = {"operation": mark, "minor": str(amount.minor), "amount": str(amount)}
            await self._staff_desk.note(uow, staff, StaffAction.REFUND_PAYMENT, payment.id, why, now, **facts)
            told = {"amount": str(amount), "payment": payment.reference}
            await self._staff_desk.note(uow, staff, StaffAction.REFUND_PAYMENT, payment.customer_id, why, now, **told)
            uow.record(RefundWanted(payment.id, amount.minor, mark))
            await uow.commit()
        return payment


class JobUnsigned(OfPurchase):
    """A job asked for something that no use case wrote down: somebody else writes into the queue."""

    name = "job_unsigned"
    closes = ByPerson("who wrote it, and whether they still can, no row of ours says")
    job: str
    amount: Money


class RefundPayment:
    """The job: asks the provider, which keeps a repetition from giving back twice.

    The queue alone moves no money: the wish has to be on record, with this payment and this amount, where only the use
    cases that may want money back write it down (`grants.RULES`).
    """

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock

    async def __call__(self, payment_id: PaymentId, minor: int, key: str) -> None:
        """Raises RetryLater and GatewayUnavailable. A refusal is told to the owners; the wish then counts no more. A
        job without its wish does nothing and raises an alarm."""
        async with self._units() as uow:
            payment = await uow.payments.get(payment_id)
            if payment is None:
                return
            payer = await uow.customers.get(payment.customer_id)
            if await asked_back(uow, payment, key) != minor:
                now, amount = self._clock.now(), Money(minor, payment.amount.currency)
                alarm = JobUnsigned(
                    job=jobs.RefundPayment.name, customer=payment.customer_id, order=payment.reference, amount=amount
                )
                # Told once a day.
                uow.record(alarm.raised(f"{alarm.name}:{alarm.job}:{payment.id}:{now:%Y-%m-%d}", now))
                await uow.commit()
                return
            if key not in await wanted_back(uow, payment):
                # It failed before, and somebody was told.
                return
        gateway = self._gateways.get(payment.provider)
        if gateway is None:
            raise RetryLater(f"provider {payment.provider} is not configured in this process")
        amount = Money(minor, payment.amount.currency)
        if not isinstance(gateway, RefundsPayments):
            await self._failed(payment, amount, key, "the provider gives nothing back by itself")
            return
        try:
            given = await gateway.refund_payment(
                payment.payment_key,
                None if amount == payment.amount else amount,
                idempotency_key=f"staff:{key}",
                telegram_id=payer.telegram_id if payer is not None else None,
            )
        except GatewayRejected as refusal:
            await self._failed(payment, amount, key, str(refusal))
            return
        if not given:
            await self._failed(payment, amount, key, "the provider gave nothing back")
            return
        log.info("refund asked for", payment=payment.reference, amount=str(amount))

    async def _failed(self, payment: Payment, amount: Money, key: str, reason: str) -> None:
        alarm = RefundFailed(order=payment.reference, customer=payment.customer_id, amount=amount, reason=reason)
        async with self._units() as uow:
            await uow.audit.record(
                actor="system",
                action=FAILED,
                subject=str(payment.id),
                why=reason,
                at=self._clock.now(),
                facts={"operation": key},
            )
            uow.record(alarm.raised(f"refund_failed:{payment.id}:{amount.minor}:{key}", self._clock.now()))
            await uow.commit()
