"""Disputes: their start and end are recorded, and they are checked daily until they are decided."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, TypedDict

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.alarms import alarm_causes, payment_causes
from subscriptions.application.alarms.alarm_kind import AlarmLink, ByCheck, ByPerson, ClosingRule, OfPurchase
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.application.inbox.receive_webhook import store_if_new
from subscriptions.application.payments.refunds import Refunds, reverse_brought_days
from subscriptions.application.subscriptions.subscription_timeline import load_timeline
from subscriptions.application.subscriptions.sync_from_provider import outlast
from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import FINAL_STATES, Dispute, DisputeStatus, RefundStatus
from subscriptions.domain.entities.subscription import DISPUTE, PROVIDER
from subscriptions.domain.events import (
    DisputeBegun,
    DisputeLost,
    HandoverHeld,
    HandoverReturned,
    PaymentBalanceChanged,
)
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import INQUIRY, TIME_BEGUN
from subscriptions.domain.ports.payment_gateway import (
    FetchesDisputes,
    GatewayError,
    GatewayRegistry,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.ports.writing.payments import PAYMENTS, REVERSALS
from subscriptions.domain.services.payment_outcomes import (
    DisputeOutcome,
    DisputeSettled,
    FraudWarned,
    TimeRestored,
    TimeTaken,
)
from subscriptions.domain.services.purchase import Fact, Purchase
from subscriptions.domain.services.reversal_decisions import disputed_part
from subscriptions.domain.timeline.state import Outside

log = structlog.get_logger(__name__)

FIRST_LOOK: Final = timedelta(hours=1)
"""Time from the opening of a dispute to its first check."""
LOOK_EVERY: Final = timedelta(days=1)
"""Interval at which the provider is polled for the status of an open dispute."""
USUAL_LENGTH: Final = timedelta(days=100)
"""Age of an undecided dispute at which the owners are alerted; banks usually take two or three months."""
ALARM_EVERY: Final = timedelta(days=30)
"""Interval between two alarms about a dispute that takes unusually long."""


class DisputedPayment(OfPurchase):
    """Alarm: a payer's bank inquires about a payment, or has charged it back. `paid`: amount of the whole payment if
    only part of the payment is disputed.
    """

    closes: ClassVar[ClosingRule] = ByCheck(alarm_causes.dispute_over)
    link = AlarmLink.PAYMENTS
    amount: Money
    paid: Money | None = None


class DisputeOpen(DisputedPayment):
    name = "dispute_open"


class DisputeInquiry(DisputedPayment):
    name = "dispute_inquiry"


class DisputeLong(DisputedPayment):
    name = "dispute_long"


class LostDispute(DisputedPayment):
    name = "dispute_lost"
    closes = ByPerson("no provider reports whether the owner appeals")


class DisputeWonLate(DisputedPayment):
    """Alarm: a lost dispute was decided for the seller after an appeal. The money is back in the books; the access that
    ended because of the loss is not.
    """

    name = "dispute_won_late"
    closes = ByCheck(payment_causes.made_up_for)
    link = AlarmLink.GRANT


class DisputeLostAgain(DisputedPayment):
    """Alarm: a bank took back a payment that it had left to the seller, or that was refunded before."""

    name = "dispute_lost_again"
    closes = ByPerson("no provider reports whether the owner appeals")


class FraudWarning(OfPurchase):
    """Alarm: the payer's bank reports a payment as fraudulent. A refund now avoids a dispute and its fee."""

    name = "fraud_warning"
    closes = ByCheck(payment_causes.returned_or_disputed)
    link = AlarmLink.REFUND
    amount: Money


_ALARMS: Final[Mapping[DisputeStatus, type[DisputedPayment]]] = {
    DisputeStatus.OPEN: DisputeOpen,
    DisputeStatus.INQUIRY: DisputeInquiry,
    DisputeStatus.LOST: LostDispute,
}


class Disputes:
    """Service that applies the start and the end of disputes to a locked purchase. The caller commits."""

    def __init__(self, grant_access: GrantAccess) -> None:
        self._grant_access, self._refunds = grant_access, Refunds(grant_access)

    async def __call__(
        self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: DisputeOutcome | DisputeSettled | FraudWarned
    ) -> None:
        """Apply and store the start or the end of a dispute, or a fraud report. The event about the end may be the
        first event received about the dispute.
        """
        if isinstance(outcome, FraudWarned):
            _warn(uow, purchase, outcome.reversal.payment, fact.now)
            return
        if isinstance(outcome, DisputeOutcome):
            await self._open(uow, purchase, fact, outcome)
        else:
            await self._settle(uow, purchase, fact, outcome)
        uow.record(PaymentBalanceChanged(outcome.reversal.payment.id, purchase.customer.brought_by))

    async def _open(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: DisputeOutcome) -> None:
        dispute, subscription = outcome.dispute, outcome.subscription
        await uow.write(REVERSALS).save_dispute(dispute)
        known_dispute = outcome.reversal.dispute
        is_changed = known_dispute is not None and known_dispute.amount != dispute.amount
        _alarm(uow, purchase, outcome.reversal.payment, dispute, fact.now, is_changed=is_changed)
        is_watched = known_dispute is not None and known_dispute.status not in FINAL_STATES
        if not is_watched:
            look = jobs.WatchDispute(provider=dispute.provider, dispute_key=dispute.dispute_key)
            await uow.enqueue(look.delayed_job(fact.now + FIRST_LOOK, dispute.id))
        uow.record(DisputeBegun(dispute.id))
        if purchase.order.for_another and purchase.subscription is None and outcome.status is DisputeStatus.OPEN:
            uow.record(HandoverHeld(purchase.order.id, purchase.customer.id, dispute.id))
        if subscription is not None:
            was_inside = known_dispute is not None and known_dispute.status is DisputeStatus.OPEN
            started_at = fact.event.occurred_at if was_inside else dispute.opened_at
            subscription.pause(DISPUTE, fact.now, started_at=started_at)
            await self._refunds.settle(uow, purchase, subscription, fact.now)
        elif outcome.time is not None:
            await self._restore(uow, purchase, fact, outcome.time, shown_reason=PROVIDER)

    async def _settle(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: DisputeSettled) -> None:
        reversal, time, dispute = outcome.reversal, outcome.time, outcome.dispute
        await uow.write(REVERSALS).save_dispute(dispute)
        if outcome.repeated_refund is not None:
            outcome.repeated_refund.repeats_dispute = True
            await uow.write(REVERSALS).save_refund(outcome.repeated_refund)
        for refund in outcome.restored_refunds:
            await uow.write(REVERSALS).save_refund(replace(refund, status=RefundStatus.REVERSED))
        await _report_later_decision(uow, purchase, outcome, fact.now)
        if reversal.dispute is None and outcome.status is DisputeStatus.LOST:
            # The owners have not been notified of this dispute before.
            _alarm(uow, purchase, reversal.payment, dispute, fact.now)
        if purchase.order.for_another and outcome.status is DisputeStatus.LOST and not outcome.is_lost_in_part:
            uow.record(HandoverReturned(purchase.order.id, purchase.customer.id, dispute.id))
            if time is None:
                await reverse_brought_days(uow, purchase, reversal.payment.id)
        elif purchase.subscription is not None and (isinstance(time, TimeTaken) or outcome.is_lost_in_part):
            uow.record(DisputeLost(purchase.subscription.id, purchase.customer.id, dispute.id))
        if isinstance(time, TimeTaken):
            await self._refunds.take_back(uow, purchase, fact, time)
        elif isinstance(time, TimeRestored):
            await self._restore(
                uow, purchase, fact, time, shown_reason=PROVIDER if outcome.is_lost_in_part else DISPUTE
            )

    async def _restore(
        self, uow: UnitOfWork, purchase: Purchase, fact: Fact, time: TimeRestored, *, shown_reason: str
    ) -> None:
        """Restore the access time that a dispute removed. `shown_reason`: reason shown to the customer if the dispute
        was not won.
        """
        subscription = time.subscription
        for entry in time.entries:
            await self._grant_access.enter(uow, subscription, entry)
        if time.resumes:
            subscription.resume(DISPUTE, fact.now, shown_reason=shown_reason)
            await outlast(uow, subscription, fact.snapshot, fact.now)
        await self._refunds.settle(uow, purchase, subscription, fact.now)


@dataclass(frozen=True)
class WatchDispute:
    """Use case that checks an undecided dispute daily, because its customer may have no access until it is decided, and
    whenever the subscription may change by itself, because access may be suspended then.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock
    policy: Policy

    async def __call__(self, provider: str, dispute_key: str) -> None:
        """Fetch the state of the dispute, and schedule the next check. Do nothing if the dispute has ended."""
        now = self.clock.now()
        async with self.units() as uow:
            dispute = await uow.reversals.dispute_by_key(provider, dispute_key)
            if dispute is None or dispute.status in FINAL_STATES:
                return
            # The next check is scheduled first, so that a failure below does not stop the checks.
            look = jobs.WatchDispute(provider=provider, dispute_key=dispute_key)
            change, begins = await self._outlook(uow, dispute, now)
            await uow.enqueue(look.delayed_job(min(change or now + LOOK_EVERY, now + LOOK_EVERY), dispute.id))
            await uow.commit()
        present = await self._ask(dispute)
        async with self.units() as uow:
            payment = await uow.payments.get(dispute.payment_id)
            if payment is None:
                return
            if present is not None and _is_news(present, dispute, payment):
                # Umbral's record of the disputed payment is more precise than that of a provider that names only a
                # charge.
                event = replace(present, payment_key=dispute.dispute_key, about_payment=payment.payment_key)
                if _is_other_amount(present, dispute, payment):
                    # The amount can change more than once, so the event's key contains the date.
                    event = replace(event, event_key=f"{event.event_key}:{now:%Y-%m-%d}")
                if await store_if_new(uow, event, now):
                    log.info("dispute changed, found by asking", provider=provider, dispute=dispute_key)
            if begins:
                await store_if_new(uow, _begun(dispute, payment, now), now)
            if dispute.status is DisputeStatus.OPEN and now >= dispute.opened_at + USUAL_LENGTH:
                _alarm_of_long(uow, dispute, payment, now)
            await uow.commit()

    async def _outlook(self, uow: UnitOfWork, dispute: Dispute, now: datetime) -> tuple[datetime | None, bool]:
        """Return when something about the disputed subscription may change by itself, None if nothing may, and whether
        the dispute keeps the customer out by the timeline while access is not suspended yet.
        """
        payment = await uow.payments.get(dispute.payment_id)
        subscription_id = payment.subscription_id if payment is not None else None
        subscription = await uow.subscriptions.get(subscription_id) if subscription_id is not None else None
        if subscription is None or not subscription.live:
            return None, False
        timeline = await load_timeline(uow, subscription, self.policy.grace)
        access = timeline.at(now).access
        suspends = isinstance(access, Outside) and HoldReason.DISPUTE in access.held
        is_open = dispute.status is DisputeStatus.OPEN
        return timeline.next_change(now), is_open and suspends and DISPUTE not in subscription.paused_for

    async def _ask(self, dispute: Dispute) -> PaymentEvent | None:
        """Return the provider's current data about the dispute. Return None if the provider does not respond, because
        the check is repeated the next day.
        """
        gateway = self.gateways.get(dispute.provider)
        if not isinstance(gateway, FetchesDisputes):
            return None
        try:
            return await gateway.fetch_dispute(dispute.dispute_key)
        except GatewayError as error:
            log.warning("dispute not asked about", dispute=dispute.dispute_key, reason=str(error))
            return None


def _begun(dispute: Dispute, payment: Payment, now: datetime) -> PaymentEvent:
    """Return the event by which a dispute is applied again, because it suspends access from now on: the disputed time
    has begun, or other time is over. The key contains the date, because later time may put an end to the suspension.
    """
    return PaymentEvent(
        kind=PaymentEventKind.DISPUTE_OPENED,
        provider=dispute.provider,
        event_key=f"{TIME_BEGUN}{dispute.dispute_key}:{now:%Y-%m-%d}",
        raw_type="time_begun",
        occurred_at=now,
        payment_key=dispute.dispute_key,
        about_payment=payment.payment_key,
        order_id=str(payment.order_id),
        amount=dispute.amount or payment.amount,
    )


def _is_news(present: PaymentEvent, dispute: Dispute, payment: Payment) -> bool:
    if present.kind is PaymentEventKind.DISPUTE_CLOSED:
        return True
    is_claimed = dispute.status is DisputeStatus.INQUIRY and present.reason != INQUIRY
    return is_claimed or _is_other_amount(present, dispute, payment)


def _is_other_amount(present: PaymentEvent, dispute: Dispute, payment: Payment) -> bool:
    """Return True if the disputed amount has changed since it was recorded. The amount decides whether the customer's
    access is suspended.
    """
    is_open = present.kind is PaymentEventKind.DISPUTE_OPENED and present.amount is not None
    return is_open and disputed_part(present, payment) != dispute.amount


def _warn(uow: UnitOfWork, purchase: Purchase, payment: Payment, now: datetime) -> None:
    """Notify the owners of a fraud report. A report alone does not suspend access; the owners decide about a refund."""
    order = purchase.order
    alarm = FraudWarning(order=order.reference, customer=order.customer_id, amount=payment.amount)
    uow.record(alarm.raise_event(f"fraud_warning:{payment.id}", now))


async def _report_later_decision(uow: UnitOfWork, purchase: Purchase, outcome: DisputeSettled, now: datetime) -> None:
    """Raise the alarm about a decision that differs from an earlier one about the same money, or that takes the same
    money a second time. If the payment was refunded by the earlier decision, the payment counts again.
    """
    payment, dispute, order = outcome.reversal.payment, outcome.dispute, purchase.order
    if outcome.is_won_late:
        alarm: DisputedPayment = DisputeWonLate(
            order=order.reference, customer=order.customer_id, **_amounts(payment, dispute)
        )
        uow.record(alarm.raise_event(f"{alarm.name}:{payment.id}", now))
        if payment.status is PaymentStatus.REFUNDED:
            payment.status = PaymentStatus.CAPTURED
            await uow.write(PAYMENTS).save(payment)
    elif outcome.is_lost_again:
        alarm = DisputeLostAgain(order=order.reference, customer=order.customer_id, **_amounts(payment, dispute))
        uow.record(alarm.raise_event(f"{alarm.name}:{dispute.id}:{dispute.closed_at}", now))


def _alarm_of_long(uow: UnitOfWork, dispute: Dispute, payment: Payment, now: datetime) -> None:
    number = (now - dispute.opened_at - USUAL_LENGTH) // ALARM_EVERY
    alarm = DisputeLong(order=payment.reference, customer=payment.customer_id, **_amounts(payment, dispute))
    uow.record(alarm.raise_event(f"dispute_long:{dispute.id}:{number}", now))


def _alarm(
    uow: UnitOfWork,
    purchase: Purchase,
    payment: Payment,
    dispute: Dispute,
    now: datetime,
    *,
    is_changed: bool = False,
) -> None:
    """Raise the alarm about a dispute. `is_changed`: True if the amount differs from the amount in the previous
    alarm.
    """
    order, which = purchase.order, f":{dispute.amount or payment.amount}" if is_changed else ""
    alarm = _ALARMS[dispute.status](order=order.reference, customer=order.customer_id, **_amounts(payment, dispute))
    uow.record(alarm.raise_event(f"dispute:{dispute.id}:{dispute.status}{which}", now))


class _Amounts(TypedDict):
    amount: Money
    paid: Money | None


def _amounts(payment: Payment, dispute: Dispute) -> _Amounts:
    return _Amounts(
        amount=dispute.amount or payment.amount, paid=payment.amount if dispute.amount is not None else None
    )
