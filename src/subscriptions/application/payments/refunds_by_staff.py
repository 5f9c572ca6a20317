"""Staff commands for refunds: request a refund from the provider, or record one that staff paid
outside the provider.
"""

from datetime import datetime
from typing import Any

from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Fact, Wrong
from subscriptions.application.inbox.receive_webhook import store_if_new
from subscriptions.application.payments.load_purchase import load_reversal
from subscriptions.application.payments.refunds import differences_left
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import AMOUNT, REASON, Choice, Input
from subscriptions.application.subscriptions.money_left import ask_refund, left_of, request_facts
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import GIVEN_BY_HAND
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    GatewayRegistry,
    PaymentEvent,
    PaymentEventKind,
    RefundsPayments,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import payment_outcomes as outcomes
from subscriptions.domain.services import reversal_decisions
from subscriptions.domain.services.payment_balance import PaymentBalance
from subscriptions.domain.services.payment_outcomes import Extent, RefundOutcome, TimeTaken
from subscriptions.domain.services.purchase import Fact as DecidedBy
from subscriptions.domain.services.purchase import Purchase
from subscriptions.domain.services.staff_policy import StaffAction


class RefundCommand(StaffCommand):
    """Base class of both refund commands. It determines the amount that can be refunded and the effect on access."""

    permission = StaffAction.REFUND_PAYMENT
    subject = SubjectKind.PAYMENT
    inputs = (AMOUNT, REASON)
    effects = ("time_stays", "access_kept", "shortens", "stops", "ends", "difference_left")

    policy: Policy

    async def preview(self, execution: Execution) -> Effect:
        """Return the effect of the refund on the access that the payment bought. The refund itself uses the same
        decision.
        """
        payment, amount, rest = await self._sum(execution)
        outcome = await _refund_of(execution.uow, payment, rest, str(execution.operation), execution.at, self.policy)
        effect = await self._effect(execution, payment, outcome, {"amount": amount, "of": payment.amount, "left": rest})
        time = outcome.time if isinstance(outcome, RefundOutcome) else None
        if time is None:
            return effect
        periods = [entry.payment_id for entry in time.entries if entry.payment_id is not None]
        kept = await differences_left(execution.uow, time.subscription.id, periods)
        facts = {**effect.facts, "difference": ", ".join(f"{left.plain} {left.currency}" for _, left in kept)}
        return Effect(name=effect.name, facts=facts, also=("difference_left",)) if kept else effect

    async def _effect(
        self, execution: Execution, payment: Payment, outcome: outcomes.Outcome | None, facts: dict[str, Fact]
    ) -> Effect:
        if not isinstance(outcome, RefundOutcome) or outcome.time is None:
            is_whole = isinstance(outcome, RefundOutcome) and outcome.extent is Extent.ACCESS_KEPT
            is_kept = is_whole and await _is_live(execution.uow, payment)
            return Effect(name="access_kept" if is_kept else "time_stays", facts=facts)
        time = outcome.time
        if not time.subscription.live:
            return Effect(name="time_stays", facts=facts)
        has_other_payer = time.subscription.customer_id != payment.customer_id
        continues = time.moved_on or (has_other_payer and time.subscription.renews)
        if not continues and (time.until is None or time.until <= execution.at):
            return Effect(name="ends", facts=facts)
        return Effect(name=_effect_on(time), facts={**facts, "until": time.until} if time.until is not None else facts)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the maximum amount that can be refunded as a choice."""
        money_left = subject.facts.get("left")
        offers = asked_input is AMOUNT and isinstance(money_left, Money) and money_left.minor > 0
        return [Choice(f"{money_left.plain} {money_left.currency}")] if offers and isinstance(money_left, Money) else []

    async def _sum(self, execution: Execution) -> tuple[Payment, Money, Money]:
        """Return the payment, the amount to refund, and the amount that is left afterwards. Raises Wrong with the
        maximum if the requested amount exceeds it.
        """
        payment = await execution.uow.payments.get(PaymentId(execution.subject_id))
        if payment is None:
            raise NothingToDo("no such payment")
        # Concurrent refunds are serialised by the lock on the order.
        await execution.uow.orders.get(payment.order_id, lock=True)
        money_left = await left_of(execution.uow, payment)
        amount = execution[AMOUNT] or money_left
        if amount.minor <= 0 or money_left < amount:
            raise Wrong("amount_left", question=AMOUNT.name, left=money_left)
        return payment, amount, money_left - amount

    def _lines(self, execution: Execution, payment: Payment, amount: Money, operation: str) -> list[AuditEntry]:
        line = {"amount": str(amount), "payment": payment.reference}
        return [
            AuditEntry(subject=payment.id, facts=request_facts(operation, amount)),
            AuditEntry(subject=payment.customer_id, facts=line),
        ]


async def _refund_of(
    uow: UnitOfWork, payment: Payment, rest: Money, operation: str, now: datetime, policy: Policy
) -> outcomes.Outcome | None:
    """Return the outcome that a refund would have, if `rest` of the payment is left afterwards. Refunds in progress are
    counted. Return None if the order is missing.
    """
    order = await uow.orders.get(payment.order_id)
    customer = await uow.customers.get(order.customer_id) if order is not None else None
    subscription = await uow.subscriptions.get(payment.subscription_id) if payment.subscription_id else None
    plan_id = subscription.plan_id if subscription is not None else order.plan_id if order is not None else None
    plan = await uow.plans.get(plan_id) if plan_id is not None else None
    if order is None or customer is None or plan is None:
        return None
    holder_id = subscription.customer_id if subscription is not None and order.for_another else None
    reversal = await load_reversal(uow, payment, subscription)
    purchase = Purchase(
        order=order,
        customer=customer,
        holder=await uow.customers.get(holder_id) if holder_id is not None else None,
        plan=plan,
        subscription=subscription,
        reversal=reversal,
        notice=policy.renewal_notice,
    )
    left = PaymentBalance(payment, reversal.refunds, reversal.disputes).left
    key = f"{GIVEN_BY_HAND}{operation}"
    event = refund_by_hand(payment, key, left - rest, now)
    return reversal_decisions.decide(purchase, DecidedBy(event=event, snapshot=None, now=now))


async def _is_live(uow: UnitOfWork, payment: Payment) -> bool:
    """Return True if the subscription that a payment was for is live. A gift that was not redeemed counts as live."""
    if payment.subscription_id is None:
        return True
    subscription = await uow.subscriptions.get(payment.subscription_id)
    return subscription is not None and subscription.live


def _effect_on(time: TimeTaken) -> str:
    """Return the name of the refund's effect on a customer who keeps access: whether access ends sooner, and whether
    charges stop.
    """
    end = time.subscription.access_until
    if time.until is not None and end is not None and time.until < end and not time.subscription.on_hold:
        return "shortens"
    return "stops" if time.subscription.renews and time.stops_billing else "time_stays"


def refund_by_hand(payment: Payment, key: str, amount: Money, now: datetime) -> PaymentEvent:
    """Return the event for a refund that staff paid outside the provider, in the form in which a provider would report
    it.
    """
    return PaymentEvent(
        kind=PaymentEventKind.REFUND,
        provider=payment.provider,
        event_key=key,
        raw_type="by_hand",
        occurred_at=now,
        payment_key=key,
        about_payment=payment.payment_key,
        order_id=str(payment.order_id),
        amount=amount,
        amount_refunded=amount,
    )


class WantRefund(RefundCommand):
    """Staff command that refunds a payment, in full or in part, through its provider.

    The request is committed together with its job; `RefundPayment` then calls the provider. The customer is notified
    when the provider reports the refund.
    """

    name = "refund"
    outcomes = ("refunding",)
    is_dangerous = True

    gateways: GatewayRegistry

    async def run(self, execution: Execution) -> Outcome:
        """Record the request. Raises Wrong with the maximum if the amount exceeds what can be refunded, or if the
        provider only refunds in full, and with the smallest unit if the provider can't refund fractions of it.
        """
        payment, amount, _ = await self._sum(execution)
        operation = str(execution.operation)
        await ask_refund(execution.uow, payment, amount, operation, execution.at)
        return Outcome(
            name="refunding", facts={"amount": amount}, audit=self._lines(execution, payment, amount, operation)
        )

    async def _sum(self, execution: Execution) -> tuple[Payment, Money, Money]:
        payment, amount, rest = await super()._sum(execution)
        gateway = self.gateways.get(payment.provider)
        if not isinstance(gateway, RefundsPayments):
            raise NothingToDo("its provider gives nothing back by itself")
        if Capability.REFUND_WHOLE in gateway.capabilities and amount != payment.amount:
            raise Wrong("amount_whole", question=AMOUNT.name, amount=payment.amount)
        descriptor = self.gateways.descriptors().get(payment.provider)
        unit = descriptor.unit_of(payment.amount) if descriptor is not None else 1
        if rest.minor and amount.minor % unit:
            raise Wrong("amount_unit", question=AMOUNT.name, unit=Money(unit, amount.currency))
        return payment, amount, rest


class RecordRefund(RefundCommand):
    """Staff command that records a refund that staff paid outside the provider, for example with cryptocurrency or by
    bank transfer. No request is sent to the provider.

    The refund is stored in the inbox like a webhook and has the same effects: the customer's notification, the credit
    note, the statistics and a partner's commission. If the provider later reports a refund too, that refund counts only
    up to the amount that is left.
    """

    name = "record_refund"
    outcomes = ("recorded",)
    is_dangerous = True

    async def run(self, execution: Execution) -> Outcome:
        """Record the refund. Raises Wrong with the maximum if the amount exceeds the unrefunded amount."""
        payment, amount, _ = await self._sum(execution)
        key = f"{GIVEN_BY_HAND}{execution.operation}"
        event = refund_by_hand(payment, key, amount, execution.at)
        await ask_refund(execution.uow, payment, amount, key, execution.at)
        await store_if_new(
            execution.uow, event, execution.at, cause=await execution.uow.orders.cause_of(str(payment.order_id))
        )
        return Outcome(name="recorded", facts={"amount": amount}, audit=self._lines(execution, payment, amount, key))
