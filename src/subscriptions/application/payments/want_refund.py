"""Money given back, as staff wants it."""

from typing import Any

from subscriptions.application.dto.typed_answers import Fact, Wrong
from subscriptions.application.payments.refunds import paid_together
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    Effect,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import AMOUNT, REASON, Choice, Input
from subscriptions.application.subscriptions.money_left import left_of
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.service_plan import RefundPolicy
from subscriptions.domain.events import RefundWanted
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, RefundsPayments
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import reversal_decisions
from subscriptions.domain.services.staff_policy import StaffAction


class WantRefund(StaffCommand):
    """Give a payment back, or a part of it, the way it came.

    The wish is written down with its job; `RefundPayment` asks the provider afterwards, and the customer is told once
    the provider tells of the refund.
    """

    name = "refund"
    permission = StaffAction.REFUND_PAYMENT
    subject = SubjectKind.PAYMENT
    inputs = (AMOUNT, REASON)
    outcomes = ("refunding",)
    effects = ("time_stays", "access_kept", "shortens", "ends")

    gateways: GatewayRegistry

    async def run(self, act: Act) -> Outcome:
        """Raises Wrong naming the amount where it is more than is left of the payment."""
        payment, amount = await self._wish(act)
        operation, minor = str(act.operation), amount.minor
        wish = {"operation": operation, "minor": str(minor), "amount": str(amount)}
        line = {"amount": str(amount), "payment": payment.reference}
        act.uow.record(RefundWanted(payment.id, minor, operation))
        audit = [AuditEntry(subject=payment.id, facts=wish), AuditEntry(subject=payment.customer_id, facts=line)]
        return Outcome(name="refunding", facts={"amount": amount}, audit=audit)

    async def preview(self, act: Act) -> Effect:
        """What becomes of the access that the payment bought."""
        payment, amount = await self._wish(act)
        uow, money_left = act.uow, await left_of(act.uow, payment)
        facts: dict[str, Fact] = {"amount": amount, "of": payment.amount, "left": money_left - amount}
        price = payment.amount if payment.excess is None else payment.amount - payment.excess
        if payment.amount - money_left + amount < price or payment.status is PaymentStatus.REFUNDED:
            return Effect(name="time_stays", facts=facts)
        payments = await paid_together(uow, payment)
        if any(each.id != payment.id and each.status is not PaymentStatus.REFUNDED for each in payments):
            return Effect(name="time_stays", facts=facts)
        order = await uow.orders.get(payment.order_id)
        if order is not None and order.refund_policy is RefundPolicy.KEEP_ACCESS:
            return Effect(name="access_kept", facts=facts)
        subscription = await uow.subscriptions.get(payment.subscription_id) if payment.subscription_id else None
        if subscription is None or not subscription.live:
            return Effect(name="time_stays", facts=facts)
        entries = await uow.ledger.of_subscription(subscription.id)
        end = reversal_decisions.end_without([each.id for each in payments], entries, act.at)
        if end is None or end <= act.at:
            return Effect(name="ends", facts=facts)
        shorter = end < (subscription.access_until or end)
        return Effect(name="shortens" if shorter else "time_stays", facts={**facts, "until": end})

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """All that is left of it."""
        money_left = subject.facts.get("left")
        offers = asked_input is AMOUNT and isinstance(money_left, Money) and money_left.minor > 0
        return [Choice(f"{money_left.plain} {money_left.currency}")] if offers and isinstance(money_left, Money) else []

    async def _wish(self, act: Act) -> tuple[Payment, Money]:
        payment = await act.uow.payments.get(PaymentId(act.subject_id))
        if payment is None or not isinstance(self.gateways.get(payment.provider), RefundsPayments):
            raise NothingToDo("its provider gives nothing back by itself")
        # Two who give back at once line up at the order.
        await act.uow.orders.get(payment.order_id, lock=True)
        money_left = await left_of(act.uow, payment)
        amount = act[AMOUNT] or money_left
        if amount.minor <= 0 or money_left < amount:
            raise Wrong("amount_left", question=AMOUNT.name, left=money_left)
        return payment, amount
