"""Checks whether the cause of an alarm about a payment is gone: the payment was refunded, or the customer was
compensated.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import HOLDS_PURCHASE, Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Refund, RefundStatus
from subscriptions.domain.ids import PaymentId, SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.payment_balance import PaymentBalance
from subscriptions.domain.services.plan_change_policy import went_over
from subscriptions.domain.services.staff_policy import StaffAction

_GIVES: Final = frozenset({StaffAction.GRANT_PLAN, StaffAction.EXTEND_ACCESS})
PAID_TIME_OVER: Final = "paid_time_over"
_SYSTEM: Final = "system"
_LINES: Final = 200


def id_in_key(alarm: Alarm) -> UUID | None:
    """Return the id in the second part of the alarm's key, as in `dispute:ID:open`. Return None if there is none."""
    return id_in(next(iter(alarm.key.split(":")[1:]), None))


def id_in(text: str | None) -> UUID | None:
    """Return the id in the text. Return None for a text without an id, written by an earlier version."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


async def made_good(uow: UnitOfWork, payment: Payment, order: Order) -> bool:
    """Return True if the customer was compensated for the payment: a live subscription to the plan is newer than the
    payment.

    A subscription that was changed to this plan from another does not count. A payment for a gift is not compensated by
    the payer's own subscription.
    """
    if order.for_another:
        return False
    live = await uow.subscriptions.live_for(order.customer_id, order.plan_id)
    if live is None or live.created_at <= payment.recorded_at:
        return False
    return not went_over(live, await uow.subscriptions.changes_of(live.id))


async def is_decided(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if staff has decided about a payment under review: it was refunded, or access time was granted for
    it.

    A new purchase counts as compensation only if the payment had blocked that purchase.
    """
    payment = await _payment(uow, alarm)
    if payment is None or not payment.under_review:
        return payment is not None
    order = await uow.orders.get(payment.order_id)
    if order is None or await _is_gone(uow, payment):
        return order is not None
    if order.for_another:
        return False
    if payment.flag in HOLDS_PURCHASE and await made_good(uow, payment, order):
        return True
    return await _staff_gave(uow, payment, order)


async def returned_or_disputed(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the payment was refunded in full, or was disputed, in which case the dispute has its own alarm."""
    payment = await _payment(uow, alarm)
    if payment is None:
        return False
    return payment.status is PaymentStatus.REFUNDED or bool(await uow.reversals.disputes_of([payment.id]))


async def excess_back(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if at least the overpaid part of the payment was refunded or charged back."""
    payment = await _payment(uow, alarm)
    if payment is None or payment.excess is None:
        return False
    return (
        await _is_gone(uow, payment) or not _sum(await _refunds(uow, payment), payment.excess.currency) < payment.excess
    )


async def difference_back(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if nothing is left of the price difference."""
    payment = await _payment(uow, alarm)
    return payment is not None and await _is_gone(uow, payment)


async def given_again(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if a failed refund succeeded after all, or if at least its amount has been refunded
    since the alarm.
    """
    payment_id = id_in_key(alarm)
    refund = await uow.reversals.get_refund(payment_id) if payment_id is not None else None
    if refund is None or refund.status is RefundStatus.GIVEN:
        return refund is not None
    payment = await uow.payments.get(refund.payment_id)
    if payment is None:
        return False
    return await _is_gone(uow, payment) or await _back_since(uow, payment, refund.amount, alarm.raised_at)


async def nothing_to_weigh(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if staff no longer has to decide about a refund in another currency: the refund was reversed, its
    payment was refunded or charged back in full, or the payment's subscription ended.
    """
    payment_id = id_in_key(alarm)
    refund = await uow.reversals.get_refund(payment_id) if payment_id is not None else None
    payment = await uow.payments.get(refund.payment_id) if refund is not None else None
    if refund is None or payment is None:
        return False
    if refund.status is RefundStatus.REVERSED or await _is_gone(uow, payment):
        return True
    subscription = await uow.subscriptions.get(payment.subscription_id) if payment.subscription_id is not None else None
    return subscription is not None and not subscription.live


async def given_after_all(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if at least the amount of a refund that failed in the panel has been refunded since the alarm. The
    key of the alarm is `refund_failed:PAYMENT:MINOR:OPERATION`.
    """
    payment, minor = await _payment(uow, alarm), "".join(alarm.key.split(":")[2:3])
    if payment is None or not minor.isdecimal():
        return False
    wanted_amount = Money(int(minor), payment.amount.currency)
    return await _is_gone(uow, payment) or await _back_since(uow, payment, wanted_amount, alarm.raised_at)


async def withdrawn_money_back(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if the refund for a withdrawal was made, in any number of parts, or if the bank charged the payment
    back.
    """
    withdrawal_id = id_in_key(alarm)
    withdrawal = await uow.of(WITHDRAWALS_KEY).get(withdrawal_id) if withdrawal_id is not None else None
    if withdrawal is None or withdrawal.amount is None:
        return False
    payments = await uow.payments.of_order(withdrawal.order_id)
    if payments and all([await _is_gone(uow, each) for each in payments]):
        return True
    backs = [await _back_after(uow, each, withdrawal.amount.currency, alarm.raised_at) for each in payments]
    return not sum(backs, Money(0, withdrawal.amount.currency)) < withdrawal.amount


async def made_up_for(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    """Return True if a payment for a period that was already over was refunded, or staff granted access time for it."""
    payment = await _payment(uow, alarm) or await _last_before(uow, alarm)
    order = await uow.orders.get(payment.order_id) if payment is not None else None
    if payment is None or order is None:
        return False
    return await _is_gone(uow, payment) or await _staff_gave(uow, payment, order)


async def _last_before(uow: UnitOfWork, alarm: Alarm) -> Payment | None:
    """Return the payment that an alarm of an earlier version is about. That version raised one alarm for all payments
    of a subscription, so the last payment before the alarm is meant. Return None if there is none.
    """
    payment_id = id_in_key(alarm)
    subscription = await uow.subscriptions.get(SubscriptionId(payment_id)) if payment_id is not None else None
    order_id = subscription.order_id if subscription is not None else None
    paid_payments = await uow.payments.of_order(order_id) if order_id is not None else []
    payments = [payment for payment in paid_payments if payment.recorded_at <= alarm.raised_at]
    return max(payments, key=lambda payment: payment.recorded_at, default=None)


async def _payment(uow: UnitOfWork, alarm: Alarm) -> Payment | None:
    payment_id = id_in_key(alarm)
    return await uow.payments.get(PaymentId(payment_id)) if payment_id is not None else None


async def _is_gone(uow: UnitOfWork, payment: Payment) -> bool:
    """Return True if nothing counts as left of the payment."""
    refunds, disputes = await uow.reversals.refunds_of(payment.id), await uow.reversals.disputes_of([payment.id])
    return PaymentBalance(payment, refunds, disputes).is_gone


async def _refunds(uow: UnitOfWork, payment: Payment) -> Sequence[Refund]:
    return [each for each in await uow.reversals.refunds_of(payment.id) if each.status is RefundStatus.GIVEN]


async def _back_since(uow: UnitOfWork, payment: Payment, amount: Money, moment: datetime) -> bool:
    return not await _back_after(uow, payment, amount.currency, moment) < amount


async def _back_after(uow: UnitOfWork, payment: Payment, currency: str, moment: datetime) -> Money:
    return _sum([each for each in await _refunds(uow, payment) if each.recorded_at >= moment], currency)


def _sum(refunds: Sequence[Refund], currency: str) -> Money:
    return sum((each.amount for each in refunds if each.amount.currency == currency), Money(0, currency))


async def _staff_gave(uow: UnitOfWork, payment: Payment, order: Order) -> bool:
    """Return True if staff granted time for this payment after it was recorded: at least one plan period in a single
    grant.

    Each grant compensates for one payment, the oldest that is not compensated yet. Shorter grants do not count, because
    they are made for other reasons.
    """
    grants = await _granted_at(uow, order, payment.recorded_at)
    if not grants:
        return False
    for waiting_payment in await _open_payments(uow, order, payment):
        moment = next((each for each in grants if each >= waiting_payment.recorded_at), None)
        if waiting_payment.id == payment.id:
            return moment is not None
        if moment is not None:
            grants.remove(moment)
    return False


async def _granted_at(uow: UnitOfWork, order: Order, start: datetime) -> list[datetime]:
    """Return the times, earliest first, at which staff granted at least one whole period of the plan. Automatic grants
    do not count.
    """
    plan = await uow.plans.get(order.plan_id)
    lines = await uow.audit.of_subject(str(order.customer_id), _LINES) if plan is not None else ()
    grants = sorted(
        line.at
        for line in lines
        if plan is not None
        and line.action in _GIVES
        and line.actor != _SYSTEM
        and line.facts.get("plan") == plan.soft_id
        and line.facts.get("days", "").isdecimal()
        and int(line.facts["days"]) >= plan.days
    )
    return grants if grants and grants[-1] >= start else []


async def _open_payments(uow: UnitOfWork, order: Order, asked_payment: Payment) -> Sequence[Payment]:
    """Return the customer's payments for the order's plan that a grant by staff may compensate, oldest first."""
    payments = []
    for payment in reversed(await uow.payments.of_customer(order.customer_id, _LINES)):
        its = order if payment.order_id == order.id else await uow.orders.get(payment.order_id)
        if its is None or its.plan_id != order.plan_id or its.for_another or await _is_gone(uow, payment):
            continue
        if payment.id == asked_payment.id or payment.under_review or await _reported_late(uow, payment):
            payments.append(payment)
    return sorted(payments, key=lambda payment: (payment.recorded_at, payment.id))


async def _reported_late(uow: UnitOfWork, payment: Payment) -> bool:
    return await uow.alarms.newest(PAID_TIME_OVER, f"{PAID_TIME_OVER}:{payment.id}") is not None
